import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts'
import {
  agentFiles,
  model,
  ofType,
  only,
  root,
  type Synthesized,
  scratchDirectory,
  synthProject,
  writeProject,
} from '../support/synth-project.ts'

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
async function call(
  directory: string,
  event: unknown,
  env: Readonly<Record<string, string>>,
): Promise<{ ok: boolean; answer?: { statusCode: number; body: string }; error?: string }> {
  const script = `import(process.argv[1]).then(({ handler }) => handler(JSON.parse(process.argv[2]), {}))
    .then((answer) => ({ ok: true, answer }), (error) => ({ ok: false, error: String(error) }))
    .then((end) => console.log('\\n' + JSON.stringify(end)))`
  const args = ['-e', script, join(directory, 'index.mjs'), JSON.stringify(event)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: scratchDirectory(), env })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

/** The variables of a function in a template, in an AWS of its own. */
async function startAws({ plan }: Synthesized): Promise<{ aws: FakeAws; env: Readonly<Record<string, string>> }> {
  const aws = await startFakeAws(plan)
  onTestFinished(() => aws.close())
  const tasks = plan.cluster && { AL_CLUSTER: plan.cluster.name, AL_SUBNETS: 'subnet-1', AL_SECURITY_GROUPS: 'sg-1' }
  return { aws, env: { ...aws.env, AL_TABLE: 'table', AL_GATEWAY_URL: 'https://gateway.example.com', ...tasks } }
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

test('the gateway in the assembly serves /health without asking anybody, and no path that is not there', async () => {
  const one = await synthesized
  const directory = codeOf(one, one.plan.names.gateway)
  const { aws, env } = await startAws(one)
  expect(await call(directory, request('GET', '/health'), env)).toMatchObject({ ok: true, answer: { statusCode: 200 } })
  expect(aws.requests).toEqual([])
  const { answer } = await call(directory, request('POST', '/nowhere'), env)
  expect(answer?.statusCode).toBe(404)
})

test('the gateway in the assembly has the page of the dashboard with it, and takes its cookie', async () => {
  const one = await synthesized
  const directory = codeOf(one, one.plan.names.gateway)
  const { aws, env } = await startAws(one)
  const { answer } = await call(directory, request('GET', '/login'), env)
  expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: true })
  const html = gunzipSync(Buffer.from(answer?.body ?? '', 'base64')).toString()
  const [, script = ''] = /src="(\/assets\/app-\w+\.js)"/.exec(html) ?? []
  expect((await call(directory, request('GET', script), env)).answer?.statusCode).toBe(200)
  expect(aws.requests).toEqual([])
  const asked = { ...request('GET', '/control/status'), cookies: ['__Host-al-session=made-up', 'other=a b'] }
  const headers = { ...asked.headers, 'x-al-dashboard': '1', 'sec-fetch-site': 'same-origin' }
  expect((await call(directory, { ...asked, headers }, env)).answer?.statusCode).toBe(401)
  // Without a cookie nobody is asked for anything: it has arrived.
  expect(aws.requests.map(({ action }) => action)).toEqual(['secretsmanager:GetSecretValue'])
})

test('the scheduler in the assembly acts on the inputs that its schedules send', async () => {
  const one = await synthesized
  const directory = codeOf(one, one.plan.names.scheduler)
  const { aws, env } = await startAws(one)
  const inputs = ofType(one, 'AWS::Scheduler::Schedule').map(
    ({ Properties }) => (Properties.Target as { Input: string }).Input,
  )
  expect(inputs.length).toBeGreaterThan(1)
  for (const input of inputs) {
    const event = JSON.parse(input.replace('<aws.scheduler.scheduled-time>', '2026-11-21T10:00:00Z'))
    expect(await call(directory, event, env), input).toMatchObject({ ok: true })
  }
  expect(new Set(aws.requests.map(({ action }) => action.split(':')[0]))).toContain('dynamodb')
  expect(await call(directory, { kind: 'nap' }, env)).toMatchObject({
    ok: false,
    error: expect.stringContaining('unknown event'),
  })
})

test.each(['lambda', 'fargate'] as const)('the scheduler in the assembly starts an agent on %s', async (compute) => {
  const one = await synthProject(
    writeProject({
      'config.toml': model,
      ...agentFiles('now', `schedule = "* * * * *"\ntimeout = ${compute === 'lambda' ? 60 : 3600}\n`),
    }),
  )
  const { aws, env } = await startAws(one)
  const at = `${new Date().toISOString().slice(0, 16)}:00Z`
  const event = { kind: 'tick', agent: 'now', at }
  expect(await call(codeOf(one, one.plan.names.scheduler), event, env)).toMatchObject({ ok: true })
  expect(aws.launches).toMatchObject([{ compute, resource: only(one.plan.agents).resource }])
})

test('the gateway carries what agents are handed, the scheduler only what it decides by', async () => {
  const one = await synthesized
  const gateway = codeOf(one, one.plan.names.gateway)
  const plan = ['agents.index.json', 'agents.jsonl', 'dashboard', 'index.mjs', 'plan.json']
  expect(readdirSync(gateway).sort()).toEqual(plan)
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
