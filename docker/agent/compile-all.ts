import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { newSecret } from '../../core/scheduler/run.ts'
import type { Claim } from './gateway-client.ts'
import { interrupter } from './interruption.ts'
import { oneRun } from './one-run.ts'
import { loadParts } from './parts.ts'
import { placesOf } from './places.ts'

/**
 * Loads every module of the bundle in `app`, and plays one run up to its first request to a model: Node writes what has been
 * compiled until then down when this process ends. Nothing leaves this machine.
 */
export async function compileAll(app: string): Promise<void> {
  const chunks = join(app, 'chunks')
  for (const file of await readdir(chunks)) await import(pathToFileURL(join(chunks, file)).href)
  const world = process.getBuiltinModule('node:http').createServer((request, answer) => {
    request.resume()
    const { url = '', headers } = request
    // What refuses its key is a model that is asked only once.
    answer.writeHead(url.startsWith('/runs/') ? 200 : 401, { 'content-type': 'application/json' })
    answer.end(JSON.stringify(url === '/runs/claim' ? claimOf(`http://${headers.host}`) : {}))
  })
  world.listen(0, '127.0.0.1')
  await once(world, 'listening')
  const work = await mkdtemp(join(tmpdir(), 'al-compile-'))
  const gateway = `http://127.0.0.1:${(world.address() as AddressInfo).port}`
  const env = { AL_WORK_DIR: work, AL_SECRET_anthropic_key__default__token: 'none' }
  await oneRun({
    start: { run: 'compile', ticket: newSecret(randomBytes), gateway, attempt: 1 },
    env,
    places: placesOf(env, app),
    parts: loadParts,
    interrupter: interrupter(),
    sink: { write: (_text, done) => done?.() },
    container: async () => undefined,
  })
  process.chdir(app)
  await rm(work, { recursive: true })
  world.close()
  world.closeAllConnections()
}

const claimOf = (baseUrl: string): Claim => ({
  run: 'compile',
  agent: 'compile',
  trigger: { kind: 'manual' },
  rerun: 0,
  remainingMs: 300_000,
  leaseMs: 300_000,
  config: {
    name: 'compile',
    timeoutSeconds: 60,
    model: { provider: 'anthropic', model: 'claude', baseUrl },
    params: {},
    preflight: [],
    secrets: [
      {
        ...{ id: 'anthropic_key/default/token', type: 'anthropic_key', instance: 'default', field: 'token' },
        ...{ optional: false, why: 'model' },
      },
    ],
    instructions: '',
  },
})
