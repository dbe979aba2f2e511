import { createHash, randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { fromEnvironment, fromPayload } from '../../core/scheduler/start-message.ts'
import { mountGateway } from '../../functions/aws/mount-gateway.ts'
import { planOf } from '../launchers/aws-project.ts'
import type { FakeLaunch } from '../support/fake-aws.ts'
import { agentFiles, model } from '../support/synth-project.ts'
import { eventOf } from './hosts/api-gateway.ts'
import { type Deployment, deploy } from './hosts/aws-deployment.ts'
import { type Answered, githubDelivery, type Sent } from './sent.ts'

/** One agent hears of everything and is a function; one hears of issues and is a task. */
const plan = planOf({
  'config.toml': `${model}\n[webhooks.github]\ntype = "github"\ncredential = "acme"\n\n[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\n`,
  ...agentFiles('everything', '[[webhooks]]\nsource = "github"\n'),
  ...agentFiles('issues', 'timeout = 3600\n[[webhooks]]\nsource = "github"\nevents = ["issues"]\n'),
})

interface Example {
  readonly repository?: { readonly full_name: string }
  readonly organization?: { readonly login: string }
}
interface Event {
  readonly name: string
  readonly examples: readonly Example[]
}

/** Of github.com and of each version of GitHub Enterprise Server, every different payload once, by event. */
const require = createRequire(import.meta.url)
const payloads = new Map<string, Map<string, Example>>()
for (const edition of ['api.github.com', 'ghes-31', 'ghes-32', 'ghes-33', 'ghes-34', 'ghes-35']) {
  for (const { name, examples } of require(`@octokit/webhooks-examples/${edition}/index.json`) as Event[]) {
    const known = payloads.get(name) ?? new Map()
    payloads.set(name, known)
    for (const example of examples) known.set(JSON.stringify(example), example)
  }
}

let deployment: Deployment
let send: (sent: Sent) => Promise<Answered>

beforeAll(async () => {
  deployment = await deploy(plan)
  const env = { ...deployment.env, AL_LOG_LEVEL: 'error' }
  // The SDK reads the variables of the process itself.
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const handler = await mountGateway(deployment.code.gateway, env)
  send = async (sent) => (await handler(eventOf(sent) as never)) as Answered
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await deployment.remove()
})

/** What a container does at least: it claims its run, and says that it is done. Answers what it was told. */
async function runContainer(launch: FakeLaunch): Promise<{ readonly agent: string; readonly input: object }> {
  const message = launch.compute === 'lambda' ? fromPayload(launch.payload) : fromEnvironment(launch.environment)
  if (message === undefined) throw new Error('a launch without a message')
  const { run, ticket } = message
  const session = `${run}.${randomUUID()}`
  const ask = async (path: string, secret: string, body: object) => {
    const headers = { authorization: `Bearer ${secret}` }
    const { statusCode, body: text } = await send({ path, headers, body: JSON.stringify(body) })
    expect(statusCode, text).toBe(200)
    return JSON.parse(text)
  }
  const hash = createHash('sha256').update(session).digest('hex')
  const told = await ask('/runs/claim', `${run}.${ticket}`, { session: hash })
  await ask('/runs/finish', session, { outcome: 'completed' })
  return told
}

/** Sends a delivery that has to be accepted, and answers what was said and what was started by it. */
async function deliver(sent: Sent) {
  const before = deployment.aws.launches.length
  const { statusCode, body } = await send(sent)
  expect(statusCode, body).toBe(200)
  return { answer: JSON.parse(body), launches: deployment.aws.launches.slice(before) }
}

test('the examples are there', () => {
  expect(payloads.size).toBeGreaterThan(50)
  expect([...payloads.values()].reduce((sum, { size }) => sum + size, 0)).toBeGreaterThan(380)
})

test.each([...payloads].map(([name, examples]) => ({ name, examples })))(
  'every example of $name starts each agent that it matches once, and nothing when it is sent again',
  async ({ name, examples }) => {
    let plain = false
    for (const [body, example] of examples) {
      const delivery = githubDelivery(deployment.webhookSecret, name, randomUUID(), body)
      plain = !plain
      const first = await deliver({ ...delivery, base64: !plain })

      const repo = example.repository?.full_name ?? example.organization?.login
      const meansNothing = name === 'ping' || repo === undefined
      const agents = meansNothing ? [] : ['everything', ...(name === 'issues' ? ['issues'] : [])]
      expect(first.answer).toMatchObject({ ok: true, matched: agents.length, skipped: 0 })
      const told = await Promise.all(first.launches.map(runContainer))
      expect(told.map(({ agent }) => agent).sort()).toEqual(agents)
      for (const { input } of told) expect(input).toMatchObject({ source: 'github', event: name, repo })

      const again = await deliver({ ...delivery, base64: plain })
      expect(again.answer).toMatchObject({ ok: true, matched: agents.length, skipped: agents.length })
      expect(again.launches).toEqual([])
    }
  },
)

test('a payload in a form, as GitHub sends it when it is told to, is the same event', async () => {
  const [[json = ''] = []] = payloads.get('issues') ?? []
  const delivery = githubDelivery(
    deployment.webhookSecret,
    'issues',
    randomUUID(),
    new URLSearchParams({ payload: json }).toString(),
  )
  const headers = { ...delivery.headers, 'content-type': 'application/x-www-form-urlencoded' }
  const { launches } = await deliver({ ...delivery, headers })
  const told = await Promise.all(launches.map(runContainer))
  expect(told.map(({ agent }) => agent).sort()).toEqual(['everything', 'issues'])
})

test('a body of which one byte is other than what was signed starts nothing', async () => {
  const [[body = ''] = []] = payloads.get('issues') ?? []
  const delivery = githubDelivery(deployment.webhookSecret, 'issues', randomUUID(), body)
  const before = deployment.aws.launches.length
  for (const base64 of [true, false]) {
    expect(await send({ ...delivery, body: `${body} `, base64 })).toMatchObject({ statusCode: 401 })
  }
  expect(deployment.aws.launches).toHaveLength(before)
})
