import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { AgentRule, Decisions } from '../../core/plan/decisions.ts'
import type { LaunchOrder, RunningContainer, StopTarget } from '../../core/scheduler/launcher.ts'
import { hashOf } from '../../core/scheduler/run.ts'
import type { Log } from '../../core/scheduler/world.ts'
import { type LocalHost, type LocalHostOptions, localHost } from '../../functions/local/host.ts'
import { type VirtualClock, virtualClock } from './virtual-clock.ts'

export const agent = (name: string, more: Partial<AgentRule> = {}): AgentRule => ({
  name,
  compute: 'docker',
  resource: `al-test_default_${name}`,
  scale: 1,
  timeoutSeconds: 24 * 3600,
  limitSeconds: 24 * 3600,
  triggers: [],
  model: 'anthropic/test',
  ...more,
})

export const decisionsOf = (agents: readonly AgentRule[]): Decisions => ({
  version: 1,
  project: 'test',
  environment: 'default',
  names: { prefix: 'p', stack: 'p', table: 'p', gateway: 'p-gateway', scheduler: 'p-scheduler', rolePath: '' },
  limits: { workQueueSize: 100, maxReruns: 10, maxCallDepth: 3, lockTimeoutSeconds: 1800 },
  secrets: [{ id: 'key', type: 'gateway_api_key', instance: 'default', field: 'key', optional: false, why: 'control' }],
  webhooks: [],
  agents,
})

interface Entry {
  readonly level: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface MachineOptions {
  readonly agents: readonly AgentRule[]
  /** The moment at which its time begins; it is virtual then. */
  readonly at?: string
  /** What a container does once it has claimed its run; by default it ends well at once. */
  readonly container?: 'finishes' | 'stays'
  readonly initialRuns?: boolean
}

/** A local host on a machine of its own, whose containers are a few lines each: they claim, and then finish or stay. */
export async function machine(options: MachineOptions) {
  const { at, container = 'finishes' } = options
  const directory = mkdtempSync(join(tmpdir(), 'al-local-'))
  const storeFile = join(directory, 'state.sqlite')
  const time: VirtualClock | undefined = at === undefined ? undefined : virtualClock(at)
  const entries: Entry[] = []
  const log: Log = (level, message, fields = {}) => entries.push({ level, message, fields })
  const launched: LaunchOrder[] = []
  const stopped: StopTarget[] = []
  const left: RunningContainer[] = []
  let busy: Promise<unknown> = Promise.resolve()
  let host: LocalHost

  async function live({ run, suffix, ticket, agent: { name } }: LaunchOrder): Promise<void> {
    const ref = { agent: name, suffix }
    const hash = hashOf(`${run}.session`)
    const { kind } = await host.plane.claim({ ...ref, ticket, session: hash, container: `c-${suffix}` })
    if (kind === 'granted' && container === 'finishes')
      await host.plane.finish({ ...ref, hash }, { outcome: 'completed' })
  }

  const start = async (more: Partial<LocalHostOptions> = {}): Promise<LocalHost> => {
    host = await localHost({
      decisions: decisionsOf(options.agents),
      storeFile,
      hostname: '127.0.0.1',
      port: 0,
      log,
      handout: async () => undefined,
      secrets: { read: async () => undefined, refresh: async () => undefined },
      initialRuns: options.initialRuns,
      clock: time?.clock,
      launcher: () => ({
        async launch(order) {
          launched.push(order)
          const before = busy
          busy = Promise.all([before, Promise.resolve().then(() => live(order))])
          return { kind: 'started' }
        },
        async stop(target) {
          stopped.push(target)
        },
        async *running() {
          yield* left
        },
      }),
      ...more,
    })
    return host
  }

  /** Timers wait again, all three of them, and no container has anything left to do. */
  async function idle(): Promise<void> {
    while ((time?.waiting() ?? 3) < 3) await setImmediate()
    for (let seen: unknown; seen !== busy; ) {
      seen = busy
      await busy
    }
  }

  return {
    start,
    storeFile,
    launched,
    stopped,
    left,
    entries,
    time: time as VirtualClock,
    advance: async (ms: number) => {
      await idle()
      await time?.advance(ms, idle)
    },
    /** What became of each tick: `dev 10:00 started`. */
    ticks: () =>
      entries
        .filter(({ message }) => message === 'tick')
        .map(({ fields }) => `${fields.agent} ${String(fields.minute).slice(5, 16)} ${fields.kind}`),
    logged: (text: string) => entries.filter(({ message }) => message.includes(text)),
    async [Symbol.asyncDispose]() {
      await host.close()
      rmSync(directory, { recursive: true })
    },
  }
}
