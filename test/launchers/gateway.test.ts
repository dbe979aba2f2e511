import { createHash, createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { mountGateway } from '../../functions/aws/mount-gateway.ts'
import { functionCode } from '../../infra/aws/function-code.ts'
import { scratchDirectory } from '../support/synth-project.ts'
import { environmentOf, fakeAwsOf, planOf } from './aws-project.ts'

const plan = planOf()
const { gateway: files } = await functionCode(plan)

interface Answer {
  readonly statusCode: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

interface Request {
  readonly method?: string
  readonly path: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly sourceIp?: string
  readonly more?: Readonly<Record<string, unknown>>
}

/** The gateway function with the real clients, as API Gateway calls it: bodies in base64, as it sends what is no text. */
async function mounted() {
  const aws = await fakeAwsOf(plan)
  const env = { ...environmentOf(plan, aws), AL_LOG_LEVEL: 'error' }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const directory = scratchDirectory()
  for (const [name, content] of files) if (typeof content === 'string') writeFileSync(join(directory, name), content)
  const handler = await mountGateway(directory, env)
  const send = async ({ method = 'POST', path, body = '', headers, sourceIp = '192.0.2.1', more }: Request) => {
    const event = {
      version: '2.0',
      routeKey: '$default',
      rawPath: path,
      rawQueryString: '',
      headers: { host: 'abc.execute-api.eu-west-1.amazonaws.com', 'content-type': 'application/json', ...headers },
      requestContext: {
        domainName: 'abc.execute-api.eu-west-1.amazonaws.com',
        http: { method, path, protocol: 'HTTP/1.1', sourceIp, userAgent: 'test' },
        requestId: 'request-1',
        stage: '$default',
      },
      body: Buffer.from(body).toString('base64'),
      isBase64Encoded: true,
      ...more,
    }
    return (await handler(event as never)) as Answer
  }
  return { aws, send }
}

test('a signed webhook starts a function, which claims its run and is handed what its agent is told', async () => {
  const { aws, send } = await mounted()
  expect(aws.requests).toEqual([])
  const [secret] = plan.gateway.secrets.filter(({ why }) => why === 'webhook')
  aws.secrets.set(secret?.id ?? '', 'webhook secret')
  const body = JSON.stringify({
    action: 'opened',
    issue: { number: 1, title: 'It does not wörk', html_url: 'https://github.com/acme/app/issues/1', labels: [] },
    repository: { full_name: 'acme/app', owner: { login: 'acme' } },
    sender: { login: 'someone' },
  })
  const headers = {
    'x-github-event': 'issues',
    'x-github-delivery': 'delivery-1',
    'x-hub-signature-256': `sha256=${createHmac('sha256', 'webhook secret').update(body).digest('hex')}`,
  }
  const answer = await send({ path: '/webhooks/github', body, headers })
  expect(answer.statusCode, answer.body).toBeLessThan(300)
  expect(aws.launches).toMatchObject([{ compute: 'lambda', resource: 'al-demo_default_short' }])
  const [launch] = aws.launches
  if (launch?.compute !== 'lambda') throw new Error('nothing was launched')
  const { run, ticket } = launch.payload as { run: string; ticket: string }

  const session = createHash('sha256').update(`${run}.session`).digest('hex')
  const authorization = `Bearer ${run}.${ticket}`
  const claimed = await send({ path: '/runs/claim', body: JSON.stringify({ session }), headers: { authorization } })
  expect(claimed.statusCode, claimed.body).toBe(200)
  expect(JSON.parse(claimed.body)).toMatchObject({ run, agent: 'short', config: { instructions: 'You are short.\n' } })
  expect(claimed.headers['x-request-id']).toBe('request-1')

  const again = await send({ path: '/webhooks/github', body, headers })
  expect(again.statusCode).toBe(200)
  expect(aws.launches).toHaveLength(1)
})

test('what no request can be made of is left out: a body of a GET, cookies and headers beyond Latin-1', async () => {
  const { send } = await mounted()
  const headers = { 'x-name': 'ł\u0000', 'x-fine': 'fine' }
  const answer = await send({ method: 'GET', path: '/health', body: 'a body', headers, more: { cookies: ['a=ł'] } })
  expect(answer).toMatchObject({ statusCode: 200, body: '{"status":"ok"}' })
})

test('a sender is told apart by the address that the platform saw, whatever its headers claim', async () => {
  const { send } = await mounted()
  let asked = 0
  const unproven = async (sourceIp: string) =>
    (await send({ path: '/nowhere', sourceIp, headers: { 'x-forwarded-for': `198.51.100.${asked++ % 250}` } }))
      .statusCode
  while ((await unproven('192.0.2.1')) !== 429) expect(asked).toBeLessThan(1000)
  expect(await unproven('192.0.2.1')).toBe(429)
  expect(await unproven('192.0.2.2')).toBe(404)
})
