import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import { type Decisions, decisionsOf } from '../../core/plan/decisions.ts'
import type { PlanOptions } from '../../core/plan/make-plan.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { formatProblem } from '../../core/project/problem.ts'
import type { LaunchOrder } from '../../core/scheduler/launcher.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts'
import { agentFiles, type Files, model, scratchDirectory, writeProject } from '../support/synth-project.ts'

/** A project on AWS with an agent of each kind. */
export const bothKinds: Files = {
  'config.toml': `${model}\n[webhooks.github]\ntype = "github"\ncredential = "acme"\n\n[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\n`,
  ...agentFiles('short', 'schedule = "* * * * *"\n[[webhooks]]\nsource = "github"\nevents = ["issues"]\n'),
  ...agentFiles('long', 'schedule = "* * * * *"\ntimeout = 3600\nscale = 3\n'),
  ...agentFiles('longer', 'schedule = "0 7 * * *"\ntimeout = 7200\n'),
}

export function planOf(files: Files = bothKinds, provider: PlanOptions['provider'] = 'ecs'): Plan {
  const compiled = compileProject(projectFiles(writeProject(files), scratchDirectory()), { provider })
  if (!compiled.ok) throw new Error(compiled.problems.map(formatProblem).join('\n'))
  return compiled.plan
}

/** An AWS that is gone after the test. */
export async function fakeAwsOf(plan: Plan): Promise<FakeAws> {
  const aws = await startFakeAws(plan)
  onTestFinished(() => aws.close())
  return aws
}

/** What a client of the SDK needs to speak to it. */
export const clientOf = ({ endpoint, env }: FakeAws) => ({
  endpoint,
  region: env.AWS_REGION,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})

export const gatewayUrl = 'https://gateway.example.com'

/** The variables that a deploy gives the functions of a plan, and those of this AWS. */
export const environmentOf = ({ names, cluster }: Plan, aws: FakeAws): Readonly<Record<string, string>> => ({
  ...aws.env,
  AL_TABLE: names.table,
  AL_GATEWAY_URL: gatewayUrl,
  ...(cluster && { AL_CLUSTER: cluster.name, AL_SUBNETS: 'subnet-1,subnet-2', AL_SECURITY_GROUPS: 'sg-1' }),
})

/** The directory of a function's code, without the code. */
export function deployedPlan(plan: Plan): string {
  const directory = scratchDirectory()
  writeFileSync(join(directory, 'plan.json'), JSON.stringify(decisionsOf(plan)))
  return directory
}

/** An order to start an agent of the plan. */
export function orderFor(plan: Plan, agent: string, more: Partial<LaunchOrder> = {}): LaunchOrder {
  const rule = ruleOf(decisionsOf(plan), agent)
  const suffix = more.suffix ?? 'abcdefghij0123456789'
  return { agent: rule, run: `${agent}-${suffix}`, suffix, attempt: 1, ticket: 'ticket-of-this-attempt', ...more }
}

function ruleOf({ agents }: Decisions, name: string): Decisions['agents'][number] {
  const rule = agents.find((one) => one.name === name)
  if (rule === undefined) throw new Error(`no agent ${name}`)
  return rule
}
