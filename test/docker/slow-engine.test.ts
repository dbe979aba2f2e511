import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import Dockerode from 'dockerode'
import { describe, expect, test } from 'vitest'
import { launchTimeout } from '../../core/scheduler/launcher.ts'
import { dockerProject } from './docker-project.ts'
import { findEngine } from './engine.ts'

const engine = await findEngine()
const socketPath = '/var/run/docker.sock'

/** The engine, with the answer to some requests made late, or made a failure. */
async function troubled(path: RegExp, ms: number, isBroken = false) {
  const server = createServer(async (asked, answer) => {
    const { method, url = '', headers } = asked
    const isMeant = path.test(url)
    if (isMeant) await sleep(ms)
    if (isMeant && isBroken) return answer.writeHead(500).end('{"message":"no space left"}')
    const through = request({ socketPath, method, path: url, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 500, got.headers)
      got.pipe(answer)
    })
    through.on('error', () => answer.destroy())
    answer.on('close', () => through.destroy())
    asked.pipe(through)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    docker: new Dockerode({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, protocol: 'http' }),
    [Symbol.dispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

describe.skipIf(engine === undefined || process.env.DOCKER_HOST !== undefined)(
  'a slow engine',
  { timeout: 240_000 },
  () => {
    test('is waited for: the launch is answered in time, and the container comes', async () => {
      if (engine === undefined) return
      await using project = await dockerProject(engine)
      using slow = await troubled(/\/start$/, launchTimeout + 1000)
      const launcher = project.with({ docker: slow.docker })
      const order = project.order('dev', 'echo here; exit 12')
      const since = performance.now()
      expect(await launcher.launch(order)).toEqual({ kind: 'started' })
      expect(performance.now() - since).toBeLessThan(launchTimeout)
      expect(await project.endOf(order, 60)).toMatchObject({ attempt: 1, code: 12 })
      expect(project.ends).toHaveLength(1)
      await project.emptied()
      await launcher.close()
    })

    test('that starts nothing in the end says so, as the end of the attempt', async () => {
      if (engine === undefined) return
      await using project = await dockerProject(engine)
      using slow = await troubled(/\/start$/, launchTimeout + 1000, true)
      const launcher = project.with({ docker: slow.docker })
      const order = project.order('dev', 'true')
      expect(await launcher.launch(order)).toEqual({ kind: 'started' })
      expect(await project.endOf(order, 60)).toMatchObject({
        attempt: 1,
        reason: expect.stringContaining('no space left'),
      })
      await project.emptied()
      await launcher.close()
    })
  },
)
