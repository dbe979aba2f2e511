import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import type { Decisions, Handout } from '../../../core/plan/decisions.ts'
import type { ContainerEnd } from '../../../core/scheduler/container-ended.ts'
import type { LaunchAnswer, Launcher, RunningContainer } from '../../../core/scheduler/launcher.ts'
import { jsonLog } from '../../../functions/cloud/json-log.ts'
import { localHost } from '../../../functions/local/host.ts'
import type { HostClock } from '../../../functions/local/host-clock.ts'
import { keepTime } from './keep-time.ts'

/** What a parent says: time has passed, or a schedule's minute has come, or a container has ended. Answered when it is done. */
export type Told =
  | { readonly kind: 'time' }
  | { readonly kind: 'tick'; readonly agent: string; readonly at: number }
  | { readonly kind: 'ended'; readonly end: ContainerEnd }

export interface LocalSettings {
  readonly clock: string
  readonly storeFile: string
  readonly decisions: Decisions
  /** By the agent's name. */
  readonly handouts: Readonly<Record<string, Handout>>
  readonly secrets: Readonly<Record<string, string>>
  /** Where containers are started and stopped: `POST /launch`, `/stop`, `/running`. */
  readonly machine: string
}

/**
 * The process of `al start`, as far as the control plane goes: `node local.ts <file of its settings>`. Its time passes when the
 * parent says so, and its containers are somewhere behind HTTP.
 */
const settings = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as LocalSettings
const ahead = keepTime(settings.clock)

interface Timer {
  readonly due: number
  readonly work: () => void
}
const timers = new Set<Timer>()
const monotonic = () => performance.now() + ahead()
const clock: HostClock = {
  now: Date.now,
  monotonic,
  // Of retries only: they are not worth waiting for.
  sleep: async () => {
    await setImmediate()
  },
  after(ms, work) {
    const timer = { due: monotonic() + ms, work }
    timers.add(timer)
    return () => timers.delete(timer)
  },
}

/** The sweep and the look for leftovers each wait for their time when they have nothing to do. */
const atRest = 2

/** Fires what is due, and resolves when everything that began waits for its next time. */
async function passTime(): Promise<void> {
  for (const timer of [...timers]) {
    if (timer.due > monotonic()) continue
    timers.delete(timer)
    timer.work()
  }
  while (timers.size < atRest) await setImmediate()
}

async function ask(path: string, body: object): Promise<unknown> {
  const asked = request(settings.machine + path, { method: 'POST' })
  const answer = new Promise<string>((resolve, reject) => {
    asked.once('error', reject).once('response', (response) => text(response).then(resolve, reject))
  })
  asked.end(JSON.stringify(body))
  return JSON.parse(await answer)
}

const launcher: Launcher = {
  launch: async ({ agent: _, ...order }) => (await ask('/launch', order)) as LaunchAnswer,
  async stop(target) {
    await ask('/stop', target)
  },
  async *running() {
    yield* (await ask('/running', {})) as RunningContainer[]
  },
}

let tellEnd: (end: ContainerEnd) => Promise<void> = async () => {}
const host = await localHost({
  decisions: settings.decisions,
  storeFile: settings.storeFile,
  handout: async (agent) => settings.handouts[agent],
  secrets: { read: async (id) => settings.secrets[id], refresh: async (id) => settings.secrets[id] },
  hostname: '127.0.0.1',
  port: 0,
  log: jsonLog(
    (line) => process.stdout.write(line),
    (level) => ({ level }),
    'debug',
  ),
  begin: 'later',
  schedules: false,
  clock,
  launcher: ({ containerEnded }) => {
    tellEnd = containerEnded
    return launcher
  },
})
await host.begin()
await passTime()
process.send?.(host.url)

process.on('message', async ({ number, told }: { readonly number: number; readonly told: Told }) => {
  if (told.kind === 'time') await passTime()
  else if (told.kind === 'tick') await host.plane.tick(told.agent, told.at)
  else await tellEnd(told.end)
  process.send?.({ done: number })
})

// Nobody is left to speak to.
process.once('disconnect', () => process.exit())
