import { readdirSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempDirectory } from '../support/temp-project.ts'
import { canary, fetching, preflight, serve } from './run-steps.ts'

describe('an http step', () => {
  test('sends what it is told, with values from the environment, and writes the answer', async () => {
    let seen: IncomingMessage | undefined
    let sent = ''
    const url = await serve(async (request, response) => {
      seen = request
      for await (const chunk of request) sent += chunk
      response.end('answer')
    })
    const params = {
      url: `${url}/a?b=\${TOKEN}`,
      method: 'post',
      headers: { 'X-Key': '${TOKEN}' },
      body: '[${TOKEN}${UNSET}]',
    }
    const { read, logged, failure } = await preflight([fetching({ ...params, output: 'to/out' })])
    expect(failure).toBeUndefined()
    expect([seen?.method, seen?.url, seen?.headers['x-key'], sent]).toEqual([
      'POST',
      `/a?b=${canary}`,
      canary,
      `[${canary}]`,
    ])
    expect(read('to/out')).toBe('answer')
    expect(logged).not.toContain(canary)
    expect(logged).toContain('${TOKEN}')
  })

  test('gives another origin none of its headers, and its own origin all', async () => {
    const seen: Record<string, unknown>[] = []
    const other = await serve((request, response) => {
      seen.push(request.headers)
      response.end('far')
    })
    const url = await serve((request, response) => {
      seen.push(request.headers)
      response.writeHead(302, { location: request.url === '/near' ? '/far' : `${other}/there` }).end()
    })
    const headers = { Authorization: 'Bearer ${TOKEN}', 'X-Api-Key': '${TOKEN}', Cookie: 'a=${TOKEN}' }
    const { read } = await preflight([fetching({ url: `${url}/near`, headers })])
    expect(read('out')).toBe('far')
    expect(seen.map((one) => JSON.stringify(one).split(canary).length - 1)).toEqual([3, 3, 0])
  })

  test('does not send its body to another origin', async () => {
    const other = await serve((_, response) => void response.end())
    const url = await serve((_, response) => void response.writeHead(307, { location: other }).end())
    const { failure, logged } = await preflight([fetching({ url, method: 'POST', body: '${TOKEN}' })])
    expect(failure?.message).toContain('redirects its body to another origin')
    expect(logged).not.toContain(canary)
  })

  test('fails on an answer other than 2xx, with its status and a little of its body', async () => {
    const url = await serve((_, response) => void response.writeHead(503).end(`busy ${'x'.repeat(100_000)}`))
    const { failure, lines, directory } = await preflight([fetching({ url })])
    expect(failure?.message).toBe('preflight step [1/1] http failed: it answered 503')
    expect(lines.at(-1)?.[2]).toEqual({ error: 'it answered 503', status: 503, body: `busy ${'x'.repeat(195)}` })
    expect(readdirSync(directory)).toEqual([])
  })

  test('never says a value when something is wrong', async () => {
    const wrong = [
      { url: 'http://x:${TOKEN}@127.0.0.1:1/' },
      { url: '${TOKEN}' },
      { url: 'http://${TOKEN}:port/' },
      { url: 'http://127.0.0.1:1/', headers: { 'X-Key': 'a\n${TOKEN}' } },
      { url: 'http://127.0.0.1:1/', method: 'GET', body: '${TOKEN}' },
      { url: await serve((_, response) => void response.end()), output: 'file/${TOKEN}' },
    ]
    for (const params of wrong) {
      const directory = tempDirectory()
      writeFileSync(join(directory, 'file'), '')
      const { failure, logged } = await preflight([fetching(params)], { directory })
      expect(failure).toBeInstanceOf(Error)
      expect(logged).not.toContain(canary)
    }
  })

  test('ends when it is aborted, and leaves no half of a file', async () => {
    const aborter = new AbortController()
    const directory = tempDirectory()
    const url = await serve((_, response) => {
      response.write('half')
      setTimeout(() => aborter.abort(new Error('stopped by a test')), 50)
    })
    const { failure } = await preflight([fetching({ url })], { signal: aborter.signal, directory })
    expect(failure?.message).toBe('stopped by a test')
    expect(readdirSync(directory)).toEqual([])
  })
})
