import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation'
import type { Plan } from '../../../core/plan/schema.ts'
import type { ChangeKind, ResourceChange } from '../../deploy/resource-change.ts'
import type { Drift } from '../../doctor/finding.ts'
import { eachOf } from '../../each-of.ts'
import type { Account } from '../account.ts'
import type { Assembly } from '../deploy/assembly.ts'
import { changeOf, type StandingStack } from '../deploy/change.ts'
import { isInProgress } from '../deploy/stack-work.ts'
import { standingStacks } from '../deploy/standing.ts'
import { placesIn } from '../deploy/template.ts'
import { asked } from '../secrets/asked.ts'
import { functionInspector } from './function.ts'
import type { Inspector } from './inspector.ts'
import { resolver } from './resolve.ts'
import { roleInspector } from './role.ts'
import { scheduleInspector } from './schedule.ts'
import { taskDefinitionInspector } from './task-definition.ts'

/** What stands in the cloud, compared with what was deployed there and with what a deploy would change. */
export interface Comparison {
  /** Whether anything was ever deployed. */
  readonly deployed: boolean
  /** CloudFormation is changing these stacks now: nothing of them was compared. */
  readonly busy: readonly string[]
  /** How many resources were compared. */
  readonly compared: number
  readonly drift: readonly Drift[]
  /** The stacks as they stood when this was made. */
  readonly standing: ReadonlyMap<string, StandingStack>
  /** What the next deploy changes, a line each: `agent dev: Function (changed)`. */
  readonly waiting: readonly string[]
}

/**
 * Compares roles, functions, schedules and task definitions with the templates they were deployed from. Where the project
 * has changed since, the deployed template counts, and the change is told as waiting. Throws an `AwsFailure`.
 */
export async function compareDeployed(
  plan: Plan,
  /** Asked for only where something is deployed. */
  compile: () => Promise<Pick<Assembly, 'templates'>>,
  account: Account,
): Promise<Comparison> {
  const standing = await standingStacks(plan, account)
  if (standing.size === 0) return { deployed: false, busy: [], compared: 0, drift: [], standing, waiting: [] }
  const { templates } = await compile()
  const inspectors = inspectorsOf(account)
  const busy: string[] = []
  const drift: Drift[] = []
  let compared = 0
  for (const name of new Set([...templates.keys(), ...standing.keys()])) {
    const { status = '', template } = standing.get(name) ?? {}
    if (isInProgress(status)) {
      busy.push(name)
      continue
    }
    if (template === undefined) continue
    const physicalIds = await physicalIdsOf(name, account)
    const placeOf = placesIn(template)
    const resolve = resolver({ ...account, template, physicalIds })
    const resources = Object.entries(template.Resources ?? {}).filter(([, { Type }]) => Type in inspectors)
    await eachOf(resources, async ([logicalId, { Type, Properties = {} }]) => {
      const { inspect, called } = inspectors[Type] ?? {}
      const id = physicalIds.get(logicalId)
      if (inspect === undefined || called === undefined || id === undefined) return
      const properties = resolve(Properties) as Readonly<Record<string, unknown>>
      compared++
      const found = await inspect(properties, id)
      const resource = called(properties)
      if (found === 'absent') drift.push({ resource, ...gone(name, placeOf(logicalId).agent) })
      else if (found.differences.length > 0) drift.push({ resource, ...found })
    })
  }
  drift.sort((a, b) => (a.resource < b.resource ? -1 : 1))
  return {
    deployed: [...standing.values()].some(({ template }) => template !== undefined),
    busy,
    compared,
    drift,
    standing,
    waiting: changeOf(templates, standing)
      .resources.filter(({ stack }) => !busy.includes(stack))
      .map(waitingLine),
  }
}

/** CloudFormation does not notice what is removed behind its back, and a deploy without changes does nothing. */
const gone = (stack: string, agent: string | undefined): Omit<Drift, 'resource'> => ({
  differences: [{ what: 'it', expected: `there, as a part of stack ${stack}`, found: 'removed' }],
  advice:
    agent === undefined
      ? 'run `al destroy`, which keeps state and secrets, then `al deploy`'
      : `set scale = 0 for agent ${agent}, run \`al deploy\`, take it back, and run it again`,
})

interface Kind {
  readonly inspect: Inspector
  /** What the resource is called in messages. */
  readonly called: (properties: Readonly<Record<string, unknown>>) => string
}

const inspectorsOf = (account: Account): Readonly<Record<string, Kind>> => ({
  'AWS::IAM::Role': { inspect: roleInspector(account), called: ({ RoleName }) => `role ${RoleName}` },
  'AWS::Lambda::Function': {
    inspect: functionInspector(account),
    called: ({ FunctionName }) => `function ${FunctionName}`,
  },
  'AWS::Scheduler::Schedule': {
    inspect: scheduleInspector(account),
    called: ({ GroupName, Name }) => `schedule ${GroupName}/${Name}`,
  },
  'AWS::ECS::TaskDefinition': {
    inspect: taskDefinitionInspector(account),
    called: ({ Family }) => `task definition ${Family}`,
  },
})

const how: Readonly<Record<ChangeKind, string>> = {
  add: 'new',
  change: 'changed in the project',
  replace: 'changed in the project',
  remove: 'removed from the project',
}

/** What a deploy would do to a resource. */
const waitingLine = ({ agent, part, kind }: ResourceChange): string =>
  `${agent === undefined ? 'control plane' : `agent ${agent}`}: ${part} (${how[kind]})`

async function physicalIdsOf(stack: string, account: Account): Promise<ReadonlyMap<string, string>> {
  const client = new CloudFormationClient(account)
  const ids = new Map<string, string>()
  await asked(async () => {
    for await (const page of paginateListStackResources({ client }, { StackName: stack })) {
      for (const { LogicalResourceId: logical, PhysicalResourceId: physical } of page.StackResourceSummaries ?? []) {
        if (logical !== undefined && physical !== undefined) ids.set(logical, physical)
      }
    }
  })
  client.destroy()
  return ids
}
