import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Handout } from '../../core/plan/decisions.ts'
import { descriptionsIn } from '../support/google/discovery.ts'
import { closeServer, listenOnLoopback } from '../support/loopback.ts'
import { agentHost, type InstalledAgent, installAgent } from './agent-host.ts'

let agent: InstalledAgent
beforeAll(async () => {
  agent = await installAgent()
}, 60_000)
afterAll(() => agent?.[Symbol.dispose]())

interface Asked {
  readonly path: string
  readonly authorization?: string
  readonly body: string
}

const describeRequest = descriptionsIn(process.env.AL_GOOGLE_DISCOVERY)
const githubToken = 'ghp_of-the-test-0123456789'
const secret: Handout['secrets'][number] = {
  id: 'action-llama--github_token--default--token',
  type: 'github_token',
  instance: 'default',
  field: 'token',
  optional: false,
  why: 'listed',
}

/** What a model says: a call of a tool first, then that it is done. */
const call = {
  functionCall: { name: 'bash', args: { command: 'echo "it has $GITHUB_TOKEN" | tr a-z A-Z | al-return' } },
}
const usageMetadata = { promptTokenCount: 100, candidatesTokenCount: 10, totalTokenCount: 110 }
const saying = (part: object) => ({
  candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }],
  usageMetadata,
})

/**
 * The metadata server, Secret Manager and Vertex AI. Secret Manager answers the first `busy` requests with 503; the rights of
 * the job's account count from the second request of each on, if they are `new`.
 */
async function google({ busy = 0, rights = 'old' as 'old' | 'new' } = {}) {
  const asked: Asked[] = []
  let left = busy
  const first = new Set(rights === 'new' ? ['secretmanager', 'vertex'] : [])
  const error = { code: 403, status: 'PERMISSION_DENIED', message: 'not for you' }
  const server = createServer(async (request, response) => {
    const { url: path = '', headers } = request
    const one = { path, authorization: headers.authorization, body: await text(request) }
    asked.push(one)
    const send = (status: number, body: unknown, type = 'application/json') =>
      response
        .writeHead(status, { 'content-type': type, 'metadata-flavor': 'Google' })
        .end(typeof body === 'string' ? body : JSON.stringify(body))
    if (path.startsWith('/computeMetadata/')) {
      if (headers['metadata-flavor'] !== 'Google') return send(403, {})
      if (path.includes('/token'))
        return send(200, { access_token: 'of-the-job', expires_in: 3600, token_type: 'Bearer' })
      return path.endsWith('/project-id') ? send(200, 'acme-prod', 'text/plain') : send(200, {})
    }
    if (first.delete(path.startsWith('/secretmanager.') ? 'secretmanager' : 'vertex')) return send(403, { error })
    if (path.startsWith('/secretmanager.')) {
      return left-- > 0
        ? send(503, { error: { code: 503, status: 'UNAVAILABLE', message: 'busy' } })
        : send(200, { payload: { data: Buffer.from(githubToken).toString('base64') } })
    }
    const said = saying(one.body.includes('functionResponse') ? { text: 'Done.' } : call)
    return send(200, `data: ${JSON.stringify(said)}\r\n\r\n`, 'text/event-stream')
  })
  const host = `127.0.0.1:${await listenOnLoopback(server)}`
  onTestFinished(() => closeServer(server))
  return {
    asked,
    /** What Cloud Run and the deploy put into a job's environment, and where Google is. */
    environment: {
      CLOUD_RUN_JOB: 'al-test-dev-1a2b3c',
      CLOUD_RUN_EXECUTION: 'al-test-dev-1a2b3c-x7k2p',
      GOOGLE_CLOUD_PROJECT: 'acme-prod',
      GOOGLE_CLOUD_LOCATION: 'europe-west1',
      GCE_METADATA_HOST: host,
      AL_GOOGLE_ENDPOINT: `http://${host}`,
      GOOGLE_VERTEX_BASE_URL: `http://${host}`,
    },
  }
}

async function runOn({ asked, environment }: Awaited<ReturnType<typeof google>>) {
  const config: Partial<Handout> = { secrets: [secret], model: { provider: 'vertex', model: 'gemini-2.5-pro' } }
  await using host = await agentHost({ app: agent.app, environment, config })
  const run = await host.done(await host.trigger())
  await host.containers[0]?.ended
  const ofVertex = asked.filter(({ path }) => path.includes('/publishers/'))
  return { run, result: await host.resultOf(run), output: host.containers[0]?.output() ?? '', ofVertex }
}

test("an agent reads its credentials and calls its model as its job's own identity, without a key", async () => {
  const stand = await google()
  const { run, result, ofVertex, output } = await runOn(stand)
  expect(run).toMatchObject({ outcome: 'completed', usage: { turnCount: 2, inputTokens: 200 } })
  expect(result).toBe(`IT HAS ${githubToken.toUpperCase()}`)
  expect(ofVertex).toHaveLength(2)
  for (const { path, authorization, body } of ofVertex) {
    expect(authorization).toBe('Bearer of-the-job')
    const url = new URL(path, 'https://europe-west1-aiplatform.googleapis.com')
    expect(url.pathname).toMatch(
      /^\/v1\/projects\/acme-prod\/locations\/europe-west1\/publishers\/google\/models\/gemini-2\.5-pro:streamGenerateContent$/,
    )
    // Of streams the description says nothing.
    url.searchParams.delete('alt')
    const described = describeRequest?.({
      method: 'POST',
      host: 'aiplatform.googleapis.com',
      path: url.pathname,
      query: url.searchParams,
      json: JSON.parse(body),
      hasBody: true,
    })
    expect(described === undefined || described === 'unknown' ? described : described.problems).toEqual(
      describeRequest === undefined ? undefined : [],
    )
  }
  expect(stand.asked.find(({ path }) => path.startsWith('/secretmanager.'))?.path).toBe(
    '/secretmanager.googleapis.com/v1/projects/acme-prod/secrets/action-llama--github_token--default--token/versions/latest:access',
  )
  for (const hidden of ['of-the-job', githubToken]) expect(output).not.toContain(hidden)
})

test('a store that is busy for a moment fails no run', async () => {
  const { run } = await runOn(await google({ busy: 2 }))
  expect(run).toMatchObject({ outcome: 'completed' })
})

test('a first run waits until the rights of its identity count, on its credentials and on its model', async () => {
  const { run, output } = await runOn(await google({ rights: 'new' }))
  expect(run).toMatchObject({ outcome: 'completed' })
  expect(output).toContain('credentials may not be read')
  expect(output).toContain('not permitted to call the model')
})
