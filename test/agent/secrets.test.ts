import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Handout } from '../../core/plan/decisions.ts'
import { startScriptedModel } from '../../examples/scripted-model/server.ts'
import { agentHost, type InstalledAgent, installAgent } from './agent-host.ts'

let agent: InstalledAgent
beforeAll(async () => {
  agent = await installAgent()
}, 60_000)
afterAll(() => agent?.[Symbol.dispose]())

const canary = 'canary"of/the token+ü=91'
const key = 'sk-canary-of-the-model-7741'
const secretOf = (type: string, why: 'listed' | 'model'): Handout['secrets'][number] => ({
  id: `${type}/default/token`,
  type,
  instance: 'default',
  field: 'token',
  optional: false,
  why,
})
const options = {
  secrets: [secretOf('github_token', 'listed'), secretOf('anthropic_key', 'model')],
}
const credentials = { 'github_token/default/token': canary, 'anthropic_key/default/token': key }

/** Prints a secret in every way a careless agent might. */
const careless = `
  echo "plain $GITHUB_TOKEN"
  echo "error $GITHUB_TOKEN" >&2
  printf '%s' "$GITHUB_TOKEN" | base64 -w0; echo
  printf 'x-access-token:%s' "$GITHUB_TOKEN" | base64 -w0; echo
  printf 'a:%s' "$GITHUB_TOKEN" | base64 -w0; echo
  jq -n --arg t "$GITHUB_TOKEN" '{t: $t}'
  jq -n --arg t "$GITHUB_TOKEN" '{t: $t} | tostring'
  jq -rn --arg t "$GITHUB_TOKEN" '$t | @uri'
  echo "session $SHUTDOWN_SECRET"
  cat "$AL_CREDENTIALS" 2>/dev/null
`

const forms = (secret: string): string[] => {
  const bytes = Buffer.from(secret)
  const shifted = [1, 2].map((n) =>
    Buffer.concat([Buffer.alloc(n), bytes])
      .toString('base64')
      .slice(4, -4),
  )
  const json = JSON.stringify(secret).slice(1, -1)
  return [secret, json, encodeURIComponent(secret), bytes.toString('base64').slice(0, -4), ...shifted]
}

test('no line of output holds a secret, in any encoding', async () => {
  const command = careless.trim()
  const model = await startScriptedModel({
    scripts: {
      default: {
        turns: [
          { text: `I know ${key}`, tools: [{ name: 'bash', input: { command } }] },
          { tools: [{ name: 'bash', input: { command: `echo ${key}; exit 3` } }] },
          { text: `It was ${canary}, in JSON ${JSON.stringify({ canary })}.` },
        ],
      },
    },
  })
  const preflight = [{ provider: 'shell', params: { command: careless } } as const]
  const real = { provider: 'anthropic', model: 'scripted/default', baseUrl: model.url } as const
  for (const config of [
    { ...options, preflight, testScript: `${careless}; exit 11` },
    { ...options, preflight, model: real },
  ]) {
    await using host = await agentHost({ app: agent.app, config, credentials })
    const id = await host.trigger()
    const run = await host.done(id)
    const container = host.containers[0]
    await container?.ended
    const output = container?.output() ?? ''
    expect(output).toContain('plain [redacted]')
    for (const secret of [canary, key]) {
      for (const form of forms(secret)) {
        expect(output).not.toContain(form)
        expect(JSON.stringify(run)).not.toContain(form)
      }
    }
    expect(output).not.toMatch(new RegExp(`${id}\\.[\\w-]{8}`))
  }
  // It was the real one that the model has been asked with.
  expect(model.requests.every(({ headers }) => headers['x-api-key'] === key)).toBe(true)
  await model.close()
})

test('tools see their own run and their own credentials, and nothing that is for the entry', async () => {
  await using host = await agentHost({
    app: agent.app,
    credentials,
    config: { ...options, testScript: 'env | sed "s/=.*//" | sort | tr "\\n" " "; pwd; echo "$HOME"' },
    environment: {
      AWS_SESSION_TOKEN: 'role',
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/x',
      PROMPT: 'no',
      OF_THE_IMAGE: 'yes',
    },
  })
  await host.done(await host.trigger())
  const [names = '', home] = (host.containers[0]?.output() ?? '').split('\n').filter((line) => !line.startsWith('{'))
  const seen = names.trim().split(' ')
  for (const name of ['GITHUB_TOKEN', 'GH_TOKEN', 'GATEWAY_URL', 'SHUTDOWN_SECRET', 'OF_THE_IMAGE', 'HOME']) {
    expect(seen).toContain(name)
  }
  expect(seen.filter((name) => /^AL_/.test(name))).toEqual(['AL_SIGNAL_DIR'])
  expect(seen.filter((name) => /^AWS_|^PROMPT$/.test(name))).toEqual([])
  expect(home).toBe(host.containers[0]?.work)
})
