import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateRepositoryCommand, DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr'
import { compileProject } from '../../core/compile.ts'
import type { Plan } from '../../core/plan/schema.ts'
import type { Account } from '../../infra/aws/account.ts'
import type { Repository } from '../../infra/aws/images/repository.ts'
import type { PublishProgress } from '../../infra/images/publisher.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { agentFiles, model, scratchDirectory, writeProject } from '../support/synth-project.ts'

export const account: Account = {
  account: '000000000000',
  region: 'us-east-1',
  partition: 'aws',
  caller: 'arn:aws:iam::000000000000:root',
  credentials: async () => ({ accessKeyId: 'test', secretAccessKey: 'test' }),
}

/** A project on disk with agents whose images differ by a file, and one that has the shared image. */
export function imageProject(commands: Readonly<Record<string, string>>, cloud = '', name = 'demo') {
  const directory = writeProject(
    {
      'config.toml': `${model}[cloud]\nprovider = "ecs"\nawsRegion = "us-east-1"\n${cloud}`,
      ...Object.assign(
        {},
        ...Object.entries(commands).map(([agent, command]) => ({
          ...agentFiles(agent),
          [`agents/${agent}/Dockerfile`]: `FROM al-agent\nCOPY run.txt /run.txt\n${command}\n`,
          [`agents/${agent}/run.txt`]: `${agent}\n`,
        })),
      ),
    },
    name,
  )
  return {
    directory,
    plan: planOf(directory),
    change: (agent: string, text: string) => writeFileSync(join(directory, 'agents', agent, 'run.txt'), text),
  }
}

function planOf(directory: string): Plan {
  const compiled = compileProject(projectFiles(directory, scratchDirectory()), { provider: 'ecs' })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
  return compiled.plan
}

/** A new repository of an emulator, whose registry a Docker engine on this machine reaches over plain HTTP. */
export async function newRepository(endpoint: string, name: string): Promise<Repository> {
  const ecr = new ECRClient({ ...account, endpoint })
  await ecr.send(new CreateRepositoryCommand({ repositoryName: name, imageTagMutability: 'IMMUTABLE' }))
  return { name, uri: `${new URL(endpoint).host}/${name}`, registry: account.account, given: false }
}

/** All tags in a repository. */
export async function tagsIn(endpoint: string, { name }: Repository): Promise<string[]> {
  const ecr = new ECRClient({ ...account, endpoint })
  const { imageDetails = [] } = await ecr.send(new DescribeImagesCommand({ repositoryName: name }))
  return imageDetails.flatMap(({ imageTags = [] }) => imageTags).sort()
}

/** Keeps what was reported. */
export function progressLog() {
  const all: [string, PublishProgress][] = []
  return {
    all,
    onProgress: (key: string, progress: PublishProgress) => void all.push([key, progress]),
    /** The last word on each image. */
    outcome: () => Object.fromEntries(all),
    of: (key: string) => all.flatMap(([one, progress]) => (one === key ? [progress] : [])),
  }
}
