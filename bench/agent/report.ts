import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { installAgentFiles } from '../../infra/images/agent-files.ts'
import { type Engine, findEngine } from '../../test/docker/engine.ts'
import { table } from '../table.ts'
import { firstRequest } from './first-request.ts'
import { bytesIn, imageSizes } from './image.ts'
import { latency, overhead } from './overhead.ts'
import { runningHost } from './running-host.ts'

const ms = (value: number): string => `${value.toFixed(0)} ms`
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`

/** What an image has in `/app`, in a directory of ours; `plainBytes` without its compiled code. */
async function installed(work: string): Promise<{ readonly app: string; readonly plainBytes: number }> {
  const app = await installAgentFiles(work)
  const plainBytes = bytesIn(app)
  const { status, stderr } = spawnSync(process.execPath, [join(app, 'entry.mjs'), 'compile'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the entry does not compile: ${stderr}`)
  return { app, plainBytes }
}

/** From the entry's start to its first request to a model. */
export async function reportEntry(work: string): Promise<void> {
  const { app } = await installed(work)
  const [bare, ...starts] = await firstRequest(app, [{ NODE_DISABLE_COMPILE_CACHE: '1' }, {}], 15)
  if (bare === undefined) throw new Error('nothing measured')
  const names = ['entry, nothing compiled', 'entry, as in an image']
  const rows = starts.map((begun, i) => [
    names[i] ?? '',
    ms(begun.ms),
    ms(begun.ms - bare.ms),
    ms(begun.cpuMs - bare.cpuMs),
    `${begun.peakMiB.toFixed(0)} MiB`,
    i === 1 ? '≤ 150 ms above, ≤ 90 MiB' : '',
  ])
  table(
    'An agent from its start to its first request to the model',
    ['what', 'median', 'above', 'CPU above', 'peak', 'aim'],
    [['node -e', ms(bare.ms), '', '', `${bare.peakMiB.toFixed(0)} MiB`, ''], ...rows],
  )
}

/** What an image adds to its base. */
export async function reportImage(work: string): Promise<void> {
  const { app, plainBytes } = await installed(work)
  const engine = await findEngine()
  const sizes = engine && (await imageSizes(engine))
  table(
    "What an agent's image adds to its base",
    ['what', 'size', 'aim'],
    [
      ['files in /app', megabytes(plainBytes), ''],
      ['their compiled code', megabytes(bytesIn(app) - plainBytes), ''],
      ...(sizes === undefined
        ? [['layers', 'left out: no Docker engine', '']]
        : [
            ['its layers', megabytes(sizes.own), '≤ 15 MB'],
            ["the distribution's packages", megabytes(sizes.packages), ''],
          ]),
    ],
  )
}

/** Containers that start at once. */
const atOnce = 5

/** From an accepted webhook to the first request, and how fast the host answers meanwhile, in processes and in containers. */
export async function reportHost(): Promise<void> {
  const engine = await findEngine()
  const ways: readonly { readonly runtime: 'process' | 'docker'; readonly engine?: Engine }[] = [
    { runtime: 'process' },
    ...(engine === undefined ? [] : [{ runtime: 'docker' as const, engine }]),
  ]
  const overheads: string[][] = []
  const answers: string[][] = []
  for (const { runtime, engine } of ways) {
    await using host = await runningHost(runtime, engine)
    overheads.push([runtime, ms(await overhead(host, 9))])
    const { quiet, busy } = await latency(host, atOnce)
    for (const [what, { p50, p99, max }] of [
      ['at rest', quiet],
      [`while ${atOnce} start`, busy],
    ] as const) {
      answers.push([`${runtime}, ${what}`, ...[p50, p99, max].map((one) => `${one.toFixed(1)} ms`), '≤ 20 ms'])
    }
  }
  table('From an accepted webhook to the first request to the model (al start)', ['runtime', 'median'], overheads)
  table('GET /health of al start', ['runtime', 'p50', 'p99', 'max', 'aim'], answers)
}
