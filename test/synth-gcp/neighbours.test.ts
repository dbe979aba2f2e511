import { describe, expect, test } from 'vitest'
import { google, type SynthesizedGoogle, synthGoogle } from '../support/synth-google.ts'
import { agentFiles, type Files, writeProject } from '../support/synth-project.ts'

const names = ['a-b', 'ab', 'crawler', 'digest', 'editor']
const project = (agents: readonly string[], extra: Files = {}): Files => ({
  'config.toml': google,
  ...Object.assign({}, ...agents.map((name) => agentFiles(name))),
  ...extra,
})
const synth = (files: Files) => synthGoogle(writeProject(files))

/** What two projects have differently, by type and name. */
function differences(one: SynthesizedGoogle, other: SynthesizedGoogle): string[] {
  const flat = ({ resources }: SynthesizedGoogle) =>
    new Map(
      resources.map(({ type, name, ...rest }) => [
        `${type.slice(type.lastIndexOf(':') + 1)} ${name}`,
        JSON.stringify(rest),
      ]),
    )
  const [a, b] = [flat(one), flat(other)]
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key)).sort()
}

const code = ['BucketObject gateway-code', 'Function gateway']

const all = synth(project(names))

test.each(['crawler', 'a-b'])(
  'without the agent %s, its resources and the code of the gateway differ',
  async (agent) => {
    const fewer = await synth(project(names.filter((name) => name !== agent)))
    const job = (await all).plan.agents.find(({ name }) => name === agent)?.resource
    expect(differences(await all, fewer)).toEqual(
      [
        ...code,
        `Account agent-${agent}`,
        `Job agent-${agent}`,
        `JobIamMember gateway/jobs/${job}`,
        `SecretIamMember agent-${agent}/secrets/action-llama--anthropic_key--default--token`,
      ].sort(),
    )
  },
)

test('new instructions of an agent change the code of the gateway alone', async () => {
  const changed = await synth(project(names, { 'agents/editor/ACTIONS.md': 'Do something else.\n' }))
  expect(differences(await all, changed)).toEqual(code)
})

test("an agent's credential changes its own bindings and the code of the gateway", async () => {
  const changed = await synth(
    project(names, agentFiles('editor', 'schedule = "0 6 * * *"\ncredentials = ["github_token"]\n')),
  )
  expect(differences(await all, changed)).toEqual(
    [...code, 'SecretIamMember agent-editor/secrets/action-llama--github_token--default--token'].sort(),
  )
})

test("a longer timeout changes that agent's job", async () => {
  const changed = await synth(project(names, agentFiles('editor', 'schedule = "0 6 * * *"\ntimeout = 3600\n')))
  expect(differences(await all, changed)).toEqual([...code, 'Job agent-editor'].sort())
})

describe('schedules', () => {
  const clock = async (count: number) => (await synth(project(names.slice(0, count)))).plan.google?.clock ?? []

  test.each([
    [1, ['/internal/tick?agent=a-b', '/internal/sweep']],
    [2, ['/internal/tick?agent=a-b', '/internal/tick?agent=ab', '/internal/sweep']],
    [3, ['/internal/tick']],
    [5, ['/internal/tick']],
  ])('of %i agents are as many jobs of Cloud Scheduler as are free', async (count, paths) => {
    expect((await clock(count)).map(({ path }) => path)).toEqual(paths)
  })
})
