import {
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  paginateListTaskDefinitions,
  type TaskDefinition,
} from '@aws-sdk/client-ecs'
import { type Difference, none } from '../../doctor/finding.ts'
import type { Account } from '../account.ts'
import { asked } from '../secrets/asked.ts'
import type { Inspector } from './inspector.ts'

/**
 * Task definitions do not change, they get new revisions; and what starts is the newest one that is active. It has to be
 * the one that was deployed.
 */
export function taskDefinitionInspector(account: Pick<Account, 'region' | 'credentials'>): Inspector {
  const client = new ECSClient(account)
  /** The active revisions of a family by their ARNs, the newest first. */
  const active = async (family: string) => {
    const found: string[] = []
    await asked(async () => {
      for await (const page of paginateListTaskDefinitions({ client }, { familyPrefix: family, status: 'ACTIVE' })) {
        found.push(...(page.taskDefinitionArns ?? []).filter((arn) => arn.includes(`/${family}:`)))
      }
    })
    return found.sort((a, b) => revisionOf(b) - revisionOf(a))
  }
  return async (properties, deployed) => {
    const family = String(properties.Family)
    const [newest, ...older] = await active(family)
    if (newest === undefined) return 'absent'
    if (newest === deployed) return { differences: [] }
    const revision = revisionOf(deployed)
    const line: Difference = { what: 'newest revision', expected: String(revision), found: String(revisionOf(newest)) }
    if (![newest, ...older].includes(deployed)) {
      const gone = { what: `revision ${revision}`, expected: 'active', found: none }
      return { differences: [line, gone], advice: 'it was deregistered: change the agent, and deploy it anew' }
    }
    const foreign = [newest, ...older].filter((arn) => revisionOf(arn) > revision)
    const request = new DescribeTaskDefinitionCommand({ taskDefinition: newest })
    const { taskDefinition } = (await asked(() => client.send(request))) ?? {}
    return {
      differences: [line, ...(taskDefinition === undefined ? [] : changes(properties, taskDefinition))],
      repair: async () => {
        for (const arn of foreign) {
          await asked(() => client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn })))
        }
      },
    }
  }
}

const revisionOf = (arn: string): number => Number(arn.slice(arn.lastIndexOf(':') + 1))

/** What the other revision would run differently, as far as it matters most: who it is, what it runs, how large it is. */
function changes(planned: Readonly<Record<string, unknown>>, found: TaskDefinition): Difference[] {
  const [container] = planned.ContainerDefinitions as readonly { readonly Image: unknown }[]
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['cpu', planned.Cpu, found.cpu],
    ['memory', planned.Memory, found.memory],
    ['task role', planned.TaskRoleArn, found.taskRoleArn],
    ['execution role', planned.ExecutionRoleArn, found.executionRoleArn],
    ['image', container?.Image, found.containerDefinitions?.[0]?.image],
  ]
  return pairs
    .filter(([, expected, got]) => typeof expected === 'string' && expected !== got)
    .map(([what, expected, got]) => ({
      ...{ what, expected: String(expected), found: got === undefined ? none : String(got) },
    }))
}
