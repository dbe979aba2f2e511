import { expect, test } from 'vitest'
import { agentToml } from '../../core/project/testing/project-in-memory.ts'
import { projectToml, type Script, scriptedHost, twoAgents, usage } from './scripted-host.ts'

const spends: Script = ({ finish }) => finish({ outcome: 'completed', usage })

const limited = {
  ...twoAgents,
  'config.toml': `${projectToml}[limits]\nmaxCostPerDay = 0.05\n`,
  'agents/dev/agent-config.toml': `${agentToml}[limits]\nmaxRunsPerDay = 1\n`,
}

test('al stat shows each limit per day and what is spent, with a word when it is nearly used up', async () => {
  const { ended } = await scriptedHost({ dev: spends }, limited)
  expect((await ended('run', 'dev')).code).toBe(0)
  const day = new Date().toISOString().slice(0, 10)
  const { stdout } = await ended('stat')
  expect(stdout).toContain(`Limits of ${day} (UTC)`)
  expect(stdout).toMatch(/project +maxCostPerDay +\$0\.04 +\$0\.05 +84 % used/)
  expect(stdout).toMatch(/dev +maxRunsPerDay +1 +1 +REACHED: nothing more starts today/)
  expect(JSON.parse((await ended('stat', '--json')).stdout).limits).toEqual([
    { scope: 'project', what: 'maxCostPerDay', limit: 0.05, spent: 0.0421, day },
    { scope: 'agent', agent: 'dev', what: 'maxRunsPerDay', limit: 1, spent: 1, day },
  ])
  expect((await ended('stat', 'review')).stdout).toMatch(/project +maxCostPerDay/)
})

test('al run of an agent whose limit is reached is refused, and names the limit, its value and what was spent', async () => {
  const { ended } = await scriptedHost({ dev: spends }, limited)
  await ended('run', 'dev')
  const { code, stderr } = await ended('run', 'dev')
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /agent "dev" is not started: maxRunsPerDay of agent "dev": 1 of 1 runs started on [\d-]+ \(UTC\)/,
  )
})

test('al run of a run that a limit ends says so, and ends with 17', async () => {
  const reason = 'maxTurns: 5 of 5 used by this run'
  const { ended } = await scriptedHost({
    dev: ({ finish }) => finish({ outcome: 'budget_exceeded', code: 17, reason, usage }),
  })
  const { code, stdout } = await ended('run', 'dev')
  expect(code).toBe(17)
  expect(stdout).toContain(reason)
})

test('al stat says what a provider refuses and why, al run is refused meanwhile, and al resume tries again', async () => {
  let key = 'refused'
  const { ended } = await scriptedHost({
    dev: ({ finish }) =>
      finish(key === 'refused' ? { outcome: 'error', code: 1, modelRefused: 'auth' } : { outcome: 'completed', usage }),
  })
  await ended('run', 'dev')
  const stat = await ended('stat')
  expect(`${stat.stdout}${stat.stderr}`).toMatch(
    /the provider of anthropic_key:default refuses all requests \(the key is not accepted\): one run tries again in \d+ min, .*al resume/,
  )
  const again = await ended('run', 'dev')
  expect(again.code).toBe(1)
  expect(again.stderr).toContain('refuses all requests')
  key = 'right'
  expect((await ended('resume')).code).toBe(0)
  expect((await ended('run', 'dev')).code).toBe(0)
})
