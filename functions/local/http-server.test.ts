import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { httpServer, type Listener } from './http-server.ts'

const loopback = { hostname: '127.0.0.1', port: 0 }

/** What a server says to a client that sends this and then keeps silent, until it hangs up. */
async function answerTo(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(text)
  let answer = ''
  socket.on('data', (data) => {
    answer += data
  })
  await once(socket, 'close')
  return answer
}

/** Returns when the whole body is there. */
const patient: Listener = (message, response) => {
  message.on('end', () => response.end('done')).resume()
}

test('a client that is slow with its headers or its body is cut off', async () => {
  const server = await httpServer(loopback, { headers: 100, request: 200, silence: 60_000 })
  server.serve(patient)
  const cutOff = /^HTTP\/1.1 408 /
  expect(await answerTo(server.url, 'POST / HTTP/1.1\r\nHost: x\r\n')).toMatch(cutOff)
  expect(await answerTo(server.url, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc')).toMatch(cutOff)
  await server.close()
})

test('a connection on which nothing happens is cut off', async () => {
  const server = await httpServer(loopback, { headers: 60_000, request: 60_000, silence: 100 })
  server.serve(() => {})
  expect(await answerTo(server.url, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('')
  await server.close()
})

test('closing lets a request finish, hangs up on a client that would like to stay, and takes no new one', async () => {
  const server = await httpServer(loopback)
  const begun = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  server.serve(async (_, response) => {
    begun.resolve()
    await release.promise
    response.end('finished')
  })
  const sent = request(server.url, { agent: new Agent({ keepAlive: true }) }).end()
  await begun.promise
  const started = performance.now()
  const closing = server.close()
  await expect(fetch(server.url)).rejects.toThrow('fetch failed')
  release.resolve()
  const [response] = await once(sent, 'response')
  expect(String(await response.toArray())).toBe('finished')
  await closing
  // Node alone would keep the connection for five seconds more.
  expect(performance.now() - started).toBeLessThan(3000)
})

test('a port that is in use is said so', async () => {
  const server = await httpServer(loopback)
  const port = Number(new URL(server.url).port)
  await expect(httpServer({ ...loopback, port })).rejects.toThrow(
    `port ${port} is in use; stop what listens there, or choose another port`,
  )
  await server.close()
})

test('the URL can be opened whatever the address that is listened on', async () => {
  for (const [hostname, expected] of [
    ['0.0.0.0', 'localhost'],
    ['::1', '[::1]'],
  ] as const) {
    const server = await httpServer({ hostname, port: 0 }).catch(() => undefined)
    if (server === undefined) continue
    server.serve(patient)
    expect(new URL(server.url).hostname).toBe(expected)
    expect(await (await fetch(server.url)).text()).toBe('done')
    await server.close()
  }
})
