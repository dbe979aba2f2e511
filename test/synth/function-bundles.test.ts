import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ofType, only, root, type Synthesized, scratchDirectory, synthProject } from '../support/synth-project.ts'

const synthesized = synthProject(join(root, 'examples/acme'))

/** The directory a function's code is zipped from. */
function codeOf({ templates, plan, out }: Synthesized, name: string): string {
  const found = only(
    ofType({ templates }, 'AWS::Lambda::Function').filter((one) => one.Properties.FunctionName === name),
  )
  expect(found.Properties).toMatchObject({ Handler: 'index.handler', Runtime: 'nodejs24.x' })
  const { S3Key } = found.Properties.Code as { S3Key: string }
  const manifest = JSON.parse(readFileSync(join(out, `${plan.names.stack}.assets.json`), 'utf8'))
  const { source } = manifest.files[S3Key.replace('.zip', '')]
  expect(source.packaging).toBe('zip')
  return join(out, source.path)
}

/** Calls the handler in a fresh Node, as Lambda would: from another directory, with nothing but the bundle. */
function call(directory: string, event: unknown): { ok: boolean; answer?: { statusCode: number; body: string } } {
  const script = `import(process.argv[1]).then(({ handler }) => handler(JSON.parse(process.argv[2]), {}))
    .then((answer) => console.log(JSON.stringify({ ok: true, answer })), () => console.log(JSON.stringify({ ok: false })))`
  const args = ['-e', script, join(directory, 'index.mjs'), JSON.stringify(event)]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd: scratchDirectory(),
    encoding: 'utf8',
    env: { AL_TABLE: 'table', AL_GATEWAY_URL: 'https://gateway.example.com' },
  })
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout)
}

const request = (method: string, path: string) => ({
  version: '2.0',
  routeKey: '$default',
  rawPath: path,
  rawQueryString: '',
  headers: { host: 'abc.execute-api.eu-west-1.amazonaws.com' },
  requestContext: {
    domainName: 'abc.execute-api.eu-west-1.amazonaws.com',
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
    requestId: 'r1',
    stage: '$default',
  },
  isBase64Encoded: false,
})

test('the gateway in the assembly serves /health, and answers 501 with a reason elsewhere', async () => {
  const one = await synthesized
  const directory = codeOf(one, one.plan.names.gateway)
  expect(call(directory, request('GET', '/health'))).toMatchObject({ ok: true, answer: { statusCode: 200 } })
  for (const [method, path] of [
    ['POST', '/webhooks/github'],
    ['GET', '/'],
    ['GET', '/control/status'],
  ] as const) {
    const { answer } = call(directory, request(method, path))
    expect(answer?.statusCode, path).toBe(501)
    expect(answer?.body).toContain('not implemented')
  }
})

test('the scheduler in the assembly takes the inputs that its schedules send', async () => {
  const one = await synthesized
  const directory = codeOf(one, one.plan.names.scheduler)
  const inputs = ofType(one, 'AWS::Scheduler::Schedule').map(
    ({ Properties }) => (Properties.Target as { Input: string }).Input,
  )
  const kinds = inputs.map((input) => {
    const event = JSON.parse(input.replace('<aws.scheduler.scheduled-time>', '2026-11-21T10:00:00Z'))
    return [event.kind, call(directory, event).ok]
  })
  // A tick that nobody handles yet has to fail, so that it is kept in the dead-letter queue.
  expect(new Set(kinds.map(String))).toEqual(new Set(['sweep,true', 'tick,false']))
})

test('the gateway carries what agents are handed, the scheduler only what it decides by', async () => {
  const one = await synthesized
  const gateway = codeOf(one, one.plan.names.gateway)
  expect(readdirSync(gateway).sort()).toEqual(['agents.index.json', 'agents.jsonl', 'index.mjs', 'plan.json'])
  expect(readdirSync(codeOf(one, one.plan.names.scheduler)).sort()).toEqual(['index.mjs', 'plan.json'])
})

test('each agent is found by its place in the file of agents, and has what it is handed, nothing of the others', async () => {
  const one = await synthesized
  const directory = codeOf(one, one.plan.names.gateway)
  const bytes = readFileSync(join(directory, 'agents.jsonl'))
  const index = JSON.parse(readFileSync(join(directory, 'agents.index.json'), 'utf8')) as Record<
    string,
    [number, number]
  >
  expect(Object.keys(index)).toEqual(one.plan.agents.map(({ name }) => name))
  for (const agent of one.plan.agents) {
    const [first, length] = index[agent.name] ?? [0, 0]
    const { name, instructions, secrets, params, timeoutSeconds } = agent
    const handed = JSON.parse(bytes.subarray(first, first + length).toString('utf8'))
    expect(handed).toMatchObject({ name, instructions, secrets, params, timeoutSeconds })
    expect(instructions).toBe(readFileSync(join(root, 'examples/acme/agents', name, 'ACTIONS.md'), 'utf8'))
  }
  // Characters of more than a byte shift the places, so the example has to have some for this to mean anything.
  expect(bytes.length).toBeGreaterThan(bytes.toString('utf8').length)
})
