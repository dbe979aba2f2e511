import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { buildBundle } from '../../build/bundles.ts'
import { decisionsOf } from '../local/machine.ts'
import { root } from '../support/synth-project.ts'

type Entry = { readonly gateway: (request: IncomingMessage, response: ServerResponse) => Promise<void> }

/** The directory that is uploaded: the bundle, and the plan's files beside it. */
const directory = mkdtempSync(join(tmpdir(), 'al-gcp-'))
const load = (name: string) => import(pathToFileURL(join(directory, name)).href) as Promise<Entry>

beforeAll(async () => {
  const [bundle] = (await buildBundle('functions/gcp/gateway', root)).values()
  if (bundle === undefined) throw new Error('nothing was built')
  for (const name of ['index.mjs', 'again.mjs']) writeFileSync(join(directory, name), bundle)
  const webhooks = [{ source: 'test', provider: 'test', paths: ['/webhooks/test'], unsigned: 'accepted' }] as const
  writeFileSync(join(directory, 'plan.json'), JSON.stringify({ ...decisionsOf([]), webhooks }))
  writeFileSync(join(directory, 'agents.index.json'), '{}')
  writeFileSync(join(directory, 'agents.jsonl'), '')
})
afterEach(() => vi.unstubAllEnvs())
afterAll(() => rmSync(directory, { recursive: true }))

test('the bundle serves in the signature of the Functions Framework, which has read the body already', async () => {
  vi.stubEnv('AL_PROJECT', 'p')
  vi.stubEnv('AL_REGION', 'r')
  vi.stubEnv('AL_GATEWAY_URL', 'https://gateway.example/')
  vi.stubEnv('AL_SCHEDULER_ACCOUNT', 'scheduler@p.iam.gserviceaccount.com')
  const { gateway } = await load('index.mjs')
  const server = createServer(async (request, response) => {
    const rawBody = Buffer.concat(await request.toArray())
    await gateway(Object.assign(request, { rawBody }), response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = async (method: string, path: string, body?: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, body })
    return [answer.status, await answer.json()]
  }
  expect(await ask('GET', '/health')).toEqual([200, { status: 'ok' }])
  expect(await ask('POST', '/internal/tick')).toEqual([401, { error: 'Unauthorized' }])
  expect(await ask('POST', '/webhooks/test', '{"broken')).toEqual([400, { error: expect.stringContaining('JSON') }])
  expect(await ask('POST', '/webhooks/test', 'x'.repeat(70_000))).toMatchObject([413, {}])
  server.close()
})

test('a setting that is missing is named as the function starts', async () => {
  await expect(load('again.mjs')).rejects.toThrow('AL_PROJECT is not set: deploy the project again')
})
