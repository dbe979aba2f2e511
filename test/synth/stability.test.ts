import { describe, expect, test } from 'vitest'
import {
  agentFiles,
  type Files,
  model,
  type Synthesized,
  synthProject,
  writeProject,
} from '../support/synth-project.ts'

const cloud = (shards = 1) => `${model}[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\nshards = ${shards}\n`
const names = ['a-b', 'ab', 'crawler', 'digest', 'editor', 'fixer', 'greeter', 'helper']
const slow = 'schedule = "0 6 * * *"\ntimeout = 3600\n'

const project = (agents: readonly string[], extra: Files = {}, shards = 1): Files => ({
  'config.toml': cloud(shards),
  ...Object.assign({}, ...agents.map((name) => agentFiles(name))),
  ...extra,
})

const synth = (files: Files) => synthProject(writeProject(files))

/** `stack/section/id` of everything that two assemblies have differently, in sections other than the resources too. */
function differences(one: Synthesized, other: Synthesized): string[] {
  const flat = ({ templates }: Synthesized) =>
    new Map(
      [...templates].flatMap(([stack, template]) =>
        Object.entries(template).flatMap(([section, content]) =>
          typeof content === 'object'
            ? Object.entries(content).map(([id, value]): [string, string] => [
                `${stack}/${section}/${id}`,
                JSON.stringify(value),
              ])
            : [[`${stack}/${section}`, JSON.stringify(content)] as [string, string]],
        ),
      ),
    )
  const [a, b] = [flat(one), flat(other)]
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key)).sort()
}

/** The parts of a difference that are not an agent's: by name, without the hash at the end of a logical id. */
const control = (one: Synthesized) => one.plan.names.stack
const codeAssets = (one: Synthesized) =>
  ['Gateway', 'Scheduler'].map((name) =>
    expect.stringMatching(`^${control(one)}/Resources/${name}Function[0-9A-F]{8}$`),
  )
const agentParts = (one: Synthesized, agent: string, parts: readonly string[]) =>
  parts.map((part) =>
    expect.stringMatching(
      `^${control(one)}-agents-[0-9]+/Resources/agent${agent.replaceAll('-', '')}${part}[0-9A-F]{8}$`,
    ),
  )
const functionParts = ['Function', 'Logs', 'Role', 'Schedule1', 'Starts']

describe.each([1, 4])('with %i shards', (shards) => {
  const all = synth(project(names, {}, shards))

  test.each(['crawler', 'a-b'])('without the agent %s, its resources and the two code assets differ', async (agent) => {
    const fewer = await synth(
      project(
        names.filter((name) => name !== agent),
        {},
        shards,
      ),
    )
    const expected = [...codeAssets(fewer), ...agentParts(fewer, agent, functionParts)]
    const found = differences(await all, fewer)
    expect(found).toHaveLength(expected.length)
    expect(found).toEqual(expect.arrayContaining(expected))
  })

  test('an agent whose schedule changes changes its schedule and the two code assets', async () => {
    const changed = await synth(project(names, agentFiles('fixer', 'schedule = "30 7 * * *"\n'), shards))
    const expected = [...codeAssets(changed), ...agentParts(changed, 'fixer', ['Schedule1'])]
    const found = differences(await all, changed)
    expect(found).toHaveLength(expected.length)
    expect(found).toEqual(expect.arrayContaining(expected))
  })

  test('new instructions change the code of the gateway alone', async () => {
    const changed = await synth(project(names, { 'agents/fixer/ACTIONS.md': 'Do something else.\n' }, shards))
    expect(differences(await all, changed)).toEqual([codeAssets(changed)[0]])
  })

  test('no agent is in another stack because of the others', async () => {
    const place = ({ plan }: Synthesized) => new Map(plan.agents.map(({ name, shard }) => [name, shard]))
    const few = place(await synth(project(names.slice(3), {}, shards)))
    const many = place(await all)
    for (const [name, shard] of few) expect(many.get(name), name).toBe(shard)
    if (shards > 1) expect(new Set(many.values()).size).toBeGreaterThan(1)
  })
})

test('the first agent that needs tasks brings the cluster, the network and the watch on tasks; nothing else moves', async () => {
  const without = await synth(project(['digest']))
  const withTasks = await synth(project(['digest'], agentFiles('long', slow)))
  const stack = control(withTasks)
  const found = differences(without, withTasks).map((key) => key.replace(/[0-9A-F]{8}$/, ''))
  const network = [
    'Attachment',
    'Internet',
    'Out',
    'OutboundOnly',
    'Routes',
    'Routes1',
    'Routes2',
    'Subnet1',
    'Subnet2',
    'Vpc',
  ]
  expect(found.sort()).toEqual(
    [
      ...['Logs', 'Role', 'Schedule1', 'Task'].map((part) => `${stack}-agents-0/Resources/agentlong${part}`),
      `${stack}/Resources/Cluster`,
      ...network.map((part) => `${stack}/Resources/Network${part}`),
      ...['TaskStopped', 'TaskStoppedInvoke'].map((part) => `${stack}/Resources/Scheduling${part}`),
      // The control plane learns where tasks run, and may start them.
      ...['GatewayFunction', 'GatewayRole', 'SchedulerFunction', 'SchedulerRole'].map(
        (id) => `${stack}/Resources/${id}`,
      ),
    ].sort(),
  )
  const again = await synth(project(['digest']))
  expect(differences(without, again)).toEqual([])
})

test('a second agent that needs tasks changes nothing of the control plane but the code', async () => {
  const one = await synth(project(['digest'], agentFiles('long', slow)))
  const two = await synth(project(['digest'], { ...agentFiles('long', slow), ...agentFiles('longer', slow) }))
  const expected = [...codeAssets(two), ...agentParts(two, 'longer', ['Logs', 'Role', 'Schedule1', 'Task'])]
  const found = differences(one, two)
  expect(found).toHaveLength(expected.length)
  expect(found).toEqual(expect.arrayContaining(expected))
})

test('agents whose names differ in hyphens only have logical ids of their own', async () => {
  const { templates, plan } = await synth(project(['a-b-c', 'a-bc', 'ab-c', 'abc']))
  const ids = Object.keys(templates.get(`${plan.names.stack}-agents-0`)?.Resources ?? {})
  expect(ids).toHaveLength(4 * functionParts.length)
  expect(ids.filter((id) => id.startsWith('agentabcFunction'))).toHaveLength(4)
})

test.each(['constructor', 'node', 'tree', 'resource', 'cdk-metadata', '0', 'state'])(
  'an agent may be called %s',
  async (name) => {
    const { templates, plan } = await synth(project([name]))
    const ids = Object.keys(templates.get(`${plan.names.stack}-agents-0`)?.Resources ?? {})
    expect(ids).toHaveLength(functionParts.length)
  },
)

test('logical ids are what deployed stacks have: a renamed one replaces the resource under live agents', async () => {
  const { templates } = await synth(project(['quick'], agentFiles('slow', slow)))
  const ids = [...templates].map(([stack, { Resources }]) => [stack, Object.keys(Resources).sort()])
  expect(Object.fromEntries(ids)).toEqual({
    'al-demo-default-53bde2': [
      'ApiHttpB1A45E88',
      'ApiIntegration39BC88FC',
      'ApiInvoke1979662C',
      'ApiLogsC558403C',
      'ApiRoute3B01D605',
      'ApiStageB35FBB6B',
      'Cluster',
      'DeadLettersPolicy7D990E20',
      'DeadLettersQueue2B23AEFC',
      'GatewayFunction2C29AEA6',
      'GatewayLogs9ADA01D5',
      'GatewayRoleB7A81FB1',
      'ImageBuilderLogs75A79200',
      'ImageBuilderProjectB1627BA6',
      'ImageBuilderRoleF3BBF5E6',
      'NetworkAttachmentB6087401',
      'NetworkInternet4E27B9DF',
      'NetworkOut73CF5B40',
      'NetworkOutboundOnly73B01F4D',
      'NetworkRoutes1848E0199',
      'NetworkRoutes2EE6B564E',
      'NetworkRoutesA01E4C4B',
      'NetworkSubnet18D1B2567',
      'NetworkSubnet29A0E8491',
      'NetworkVpcFAC8F4A5',
      'SchedulerFunctionF47F1021',
      'SchedulerLogs41168569',
      'SchedulerRoleBD8E4375',
      'SchedulingFailures7DF82DAC',
      'SchedulingGroupF9AE2582',
      'SchedulingInvoker4DAF3E5B',
      'SchedulingSweepB9AAB7BA',
      'SchedulingTaskStopped16295F8B',
      'SchedulingTaskStoppedInvokeC33A03C5',
      'State',
    ],
    'al-demo-default-53bde2-agents-0': [
      'agentquickFunction32B0F4F9',
      'agentquickLogs9AD6D4C5',
      'agentquickRoleEB4BCBC2',
      'agentquickSchedule1F1C71087',
      'agentquickStartsEB7D2FF2',
      'agentslowLogsDB153190',
      'agentslowRole062BC8F7',
      'agentslowSchedule1AA62290B',
      'agentslowTaskF31EC280',
    ],
  })
})
