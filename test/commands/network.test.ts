import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { buildBundle } from '../../build/bundles.ts'
import { root } from '../support/synth-project.ts'
import { agentShell, installCommands } from './agent-shell.ts'

/** What the commands make of gateways that are not well. */

let commands: Awaited<ReturnType<typeof installCommands>>
beforeAll(async () => {
  commands = await installCommands()
})
afterAll(() => commands.remove())

const secret = 'dev-run.canary0123456789'

/** Tests that run side by side each have to say themselves when they are over. */
async function gatewayThat(answers: RequestListener, finished: (close: () => void) => void = onTestFinished) {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answers(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  finished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { requests, url, shell: agentShell(commands.app, { url, secret }) }
}

const asking = [
  ...['rlock key', 'rlock-heartbeat key', 'runlock key', 'al-shutdown'],
  ...['echo hi | al-call review', 'al-check review-1', 'al-wait review-1 --timeout 1'],
]
const unreachable = { ok: false, reason: 'gateway unreachable' }

test.each(asking)('%s: a gateway that is not there is said to be unreachable', async (line) => {
  const shell = agentShell(commands.app, { url: 'http://127.0.0.1:1', secret })
  expect(await shell.type(line)).toMatchObject({ code: 6, json: { ...unreachable, cause: 'ECONNREFUSED' } })
})

test.concurrent.for(asking)('%s: a gateway that hangs is not waited for longer than ten seconds', async (line, own) => {
  const { shell } = await gatewayThat(() => {}, own.onTestFinished)
  const { code, json, ms } = await shell.type(line)
  expect({ code, json }).toEqual({ code: 6, json: { ...unreachable, cause: 'timeout' } })
  expect(ms).toBeLessThan(14_000)
})

test('a gateway that stops in the middle of its answer has not answered', async () => {
  const { shell } = await gatewayThat((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
    response.write('{"ok":')
    setTimeout(() => response.destroy(), 50)
  })
  expect(await shell.type('rlock key')).toMatchObject({ code: 6, json: unreachable })
})

test('every status has its exit code', async () => {
  const codes = {
    ...{ 200: 0, 201: 0, 204: 0, 301: 7, 400: 4, 401: 3, 403: 3, 404: 2, 409: 1, 410: 3, 413: 4, 418: 7, 429: 5 },
    ...{ 500: 12, 502: 10, 503: 5, 504: 11, 599: 7 },
  }
  for (const [status, code] of Object.entries(codes)) {
    const { shell } = await gatewayThat((_request, response) => {
      response.writeHead(Number(status)).end(Number(status) < 300 ? '' : '<html>')
    })
    const { code: exit, json } = await shell.type('rlock key')
    expect(exit, status).toBe(code)
    expect(json.ok, status).toBe(code === 0)
  }
})

test('the secret travels in the header, and nowhere else', async () => {
  const { shell, requests } = await gatewayThat((_request, response) => response.end('{"ok":true}'))
  for (const line of asking) await shell.type(line)
  expect(requests.length).toBeGreaterThanOrEqual(asking.length)
  for (const { headers, url } of requests) {
    expect(headers.authorization).toBe(`Bearer ${secret}`)
    expect(url).not.toContain('canary')
  }
})

test('a call that is sent again carries the same key, another call another one', async () => {
  let broken = 2
  const { shell, requests } = await gatewayThat((request, response) => {
    if (broken-- > 0) request.destroy()
    else response.end('{"ok":true,"callId":"review-1"}')
  })
  expect(await shell.type('echo hi | al-call review')).toMatchObject({ code: 0, json: { callId: 'review-1' } })
  await shell.type('echo hi | al-call review')
  const keys = requests.map(({ headers }) => headers['idempotency-key'])
  expect(keys).toHaveLength(4)
  expect(new Set(keys.slice(0, 3)).size).toBe(1)
  expect(keys[3]).not.toBe(keys[0])
})

test('a wait lives through a gateway that is away for a moment', async () => {
  let asked = 0
  const { shell } = await gatewayThat((_request, response) => {
    asked++
    if (asked === 1) response.end('{"status":"running"}')
    else if (asked === 2) response.destroy()
    else if (asked === 3) response.writeHead(503).end('{"error":"too busy"}')
    else response.end('{"status":"completed","returnValue":"x"}')
  })
  expect(await shell.type('al-wait review-1')).toMatchObject({
    code: 0,
    json: { 'review-1': { status: 'completed', returnValue: 'x' } },
  })
})

test('a gateway that is away at the deadline does not turn a call that runs into an unknown one', async () => {
  let asked = 0
  const { shell } = await gatewayThat((_request, response) => {
    response.writeHead(asked++ === 0 ? 200 : 503).end('{"status":"running"}')
  })
  expect(await shell.type('al-wait review-1 --timeout 1')).toMatchObject({
    code: 8,
    json: { 'review-1': { status: 'running' } },
  })
})

test('what is not the gateway grants no lock, makes no call and ends none', async () => {
  const { shell } = await gatewayThat((_request, response) => response.end('<html>welcome</html>'))
  for (const line of asking) expect(await shell.type(line), line).toMatchObject({ code: 7 })
  const other = await gatewayThat((_request, response) => response.end('{"status":"fine"}'))
  expect(await other.shell.type('al-wait review-1 --timeout 1')).toMatchObject({
    code: 7,
    json: { 'review-1': { status: 'unknown' } },
  })
})

test('a base path, and a slash at the end of it, are part of the address', async () => {
  const { url, requests } = await gatewayThat((_request, response) => response.end('{"ok":true}'))
  for (const base of ['/', '/prod', '/prod/'])
    await agentShell(commands.app, { url: url + base, secret }).type('rlock a')
  expect(requests.map((request) => request.url)).toEqual([
    '/locks/acquire',
    '/prod/locks/acquire',
    '/prod/locks/acquire',
  ])
})

test('an environment that cannot be used is named', async () => {
  const noUrl = await agentShell(commands.app, { url: 'gateway:8080', secret }).type('rlock a')
  expect(noUrl).toMatchObject({ code: 6, json: { ok: false, error: expect.stringContaining('GATEWAY_URL') } })
  const noSecret = await agentShell(commands.app, { url: 'http://127.0.0.1:1' }).type('rlock a')
  expect(noSecret).toMatchObject({ code: 3, json: { ok: false, error: expect.stringContaining('SHUTDOWN_SECRET') } })
})

test('the program stays small: what it imports is what every command waits for', async () => {
  const files = await buildBundle('docker/commands', root)
  const [text = ''] = [...files.values()].map((bytes) => Buffer.from(bytes).toString())
  expect([...files.keys()]).toEqual(['commands.mjs'])
  expect(text.length).toBeLessThan(20_000)
  const imports = [...text.matchAll(/from\s*"([^"]+)"/g)].map(([, name]) => name).sort()
  expect(imports).toEqual(['node:fs', 'node:path'])
})
