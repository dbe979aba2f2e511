import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { credentialTypes } from '../../core/credentials/types.ts'
import { google, resourcesOf, synthGoogle } from '../support/synth-google.ts'
import { agentFiles, al, scratchDirectory, treeOf, writeProject } from '../support/synth-project.ts'

const canary = (what: string) => `c4nary-${what}-5d41402abc4b2a76`
const everyType = Object.entries(credentialTypes).flatMap(([type, { exposure }]) =>
  exposure === 'agent' ? [type] : [],
)

test('no value of any credential, and no value of the environment, gets into the output', async () => {
  const home = scratchDirectory()
  for (const [type, { fields }] of Object.entries(credentialTypes)) {
    for (const field of Object.keys(fields)) {
      const path = join(home, '.action-llama/credentials', type, 'default', field)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, canary(`${type}-${field}`))
    }
  }
  const project = writeProject({
    'config.toml': google,
    ...agentFiles('all', `schedule = "0 6 * * *"\ncredentials = ${JSON.stringify(everyType)}\n`),
  })
  const out = join(scratchDirectory(), 'out')
  const env = { GOOGLE_OAUTH_ACCESS_TOKEN: canary('token'), PULUMI_CONFIG_PASSPHRASE: canary('passphrase') }
  const { code, stdout, stderr } = al(['synth', '-p', project, '-o', out, '--json'], { home, env })
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stdout + stderr).not.toContain('c4nary')
  for (const [path, bytes] of treeOf(out)) expect(bytes.includes('c4nary'), path).toBe(false)
})

test('instructions, parameters and scripts travel with the code of the gateway, and are no part of any resource', async () => {
  const { out } = await synthGoogle(
    writeProject({
      'config.toml': google,
      'agents/a/agent-config.toml': `schedule = "0 6 * * *"\n[params]\nwhat = "${canary('param')}"\n`,
      'agents/a/ACTIONS.md': canary('instructions'),
      'agents/a/test-script.sh': `echo ${canary('script')}\n`,
    }),
  )
  expect(JSON.stringify(resourcesOf(out))).not.toContain('c4nary')
  const holding = [...treeOf(out)].filter(([, bytes]) => bytes.includes('c4nary')).map(([path]) => path)
  expect(holding).toEqual([expect.stringMatching(/^asset\.[0-9a-f]{64}\/agents\.jsonl$/)])
})

test("a job's environment tells where it runs, and nothing else", async () => {
  const { resources } = await synthGoogle(
    writeProject({ 'config.toml': google, ...agentFiles('a'), ...agentFiles('b') }),
  )
  const envs = resources
    .filter(({ type }) => type === 'gcp:cloudrunv2/job:Job')
    .flatMap(
      ({ properties }) =>
        (properties.template as { template: { containers: { envs: unknown }[] } }).template.containers,
    )
    .map(({ envs }) => envs)
  const place = [
    { name: 'GOOGLE_CLOUD_PROJECT', value: 'acme-prod' },
    { name: 'GOOGLE_CLOUD_LOCATION', value: 'europe-west1' },
  ]
  expect(envs).toEqual([place, place])
})
