import { randomBytes } from 'node:crypto'
import type { AgentRule } from '../../core/plan/decisions.ts'
import { type ControlPlane, controlPlane } from '../../core/scheduler/control-plane.ts'
import type { LaunchAnswer, Launcher, LaunchOrder, StopTarget } from '../../core/scheduler/launcher.ts'
import { hashOf, type Run } from '../../core/scheduler/run.ts'
import { parseSecret, type Session } from '../../core/scheduler/session.ts'
import type { Log, Rules, World } from '../../core/scheduler/world.ts'
import type { Store } from '../../core/store.ts'
import { memoryStore } from '../../functions/stores/memory.ts'

/** A control plane with a clock that is moved by hand, and a launcher that remembers what it was asked for. */
export interface TestPlane extends ControlPlane {
  readonly world: World
  readonly launched: readonly LaunchOrder[]
  readonly stopped: readonly StopTarget[]
  /** What the launcher answers to the next launch; nothing: it starts. */
  answerNext(answer: LaunchAnswer | Error): void
  /** Moves the clock. */
  wait(seconds: number): void
  /** The container of the latest launch claims its run, as a container would. */
  claimed(container?: string, order?: LaunchOrder): Promise<Session>
  run(id: string): Promise<Run>
}

export const agent = (name: string, change: Partial<AgentRule> = {}): AgentRule => ({
  name,
  resource: `al-test_default_${name}`,
  compute: 'fargate',
  scale: 1,
  timeoutSeconds: 3600,
  limitSeconds: 3660,
  model: 'anthropic/claude',
  triggers: [],
  ...change,
})

export function testPlane(
  agents: readonly AgentRule[],
  {
    limits = {},
    store,
    start = Date.UTC(2026, 10, 21, 10),
    random = randomBytes,
    log = () => {},
  }: {
    limits?: Partial<Rules['limits']>
    store?: (now: () => number) => Store
    start?: number
    random?: (bytes: number) => Uint8Array
    log?: Log
  } = {},
): TestPlane {
  let now = start
  const answers: (LaunchAnswer | Error)[] = []
  const launched: LaunchOrder[] = []
  const stopped: StopTarget[] = []
  const launcher: Launcher = {
    async launch(order) {
      launched.push(order)
      const answer = answers.shift() ?? { kind: 'started' }
      if (answer instanceof Error) throw answer
      return answer
    },
    async stop(target) {
      stopped.push(target)
    },
  }
  const world: World = {
    store: (store ?? memoryStore)(() => now),
    launcher,
    rules: {
      limits: { workQueueSize: 100, maxReruns: 10, maxCallDepth: 3, lockTimeoutSeconds: 1800, ...limits },
      agents: new Map(agents.map((one) => [one.name, one])),
    },
    clock: { now: () => now, sleep: async () => {} },
    random,
    log,
  }
  const plane = controlPlane(world)
  return {
    ...plane,
    world,
    launched,
    stopped,
    answerNext: (answer) => answers.push(answer),
    wait: (seconds) => {
      now += seconds * 1000
    },
    async claimed(container = 'container 1', order = launched.at(-1)) {
      if (order === undefined) throw new Error('nothing was launched')
      const secret = `${order.run}.${Buffer.from(random(32)).toString('base64url')}`
      const session = parseSecret(secret)
      if (session === undefined) throw new Error(`${order.run} is no run id`)
      const { kind } = await plane.claim({ ...session, ticket: order.ticket, session: hashOf(secret), container })
      if (kind !== 'granted') throw new Error(`the claim of ${order.run} was answered with ${kind}`)
      return session
    },
    async run(id) {
      const run = await plane.readRun({ agent: id.slice(0, -21), suffix: id.slice(-20) })
      if (run === undefined) throw new Error(`there is no run ${id}`)
      return run
    },
  }
}

/** A webhook's order for an agent. */
export const webhook = (name: string, delivery: string, input = '{"event":"issues"}') =>
  ({
    agent: name,
    trigger: { kind: 'webhook', source: 'github', event: 'issues', delivery },
    input,
    dedupe: { key: `webhook|github|${delivery}|${name}`, seconds: 7 * 24 * 3600 },
    whenBusy: 'queue',
  }) as const

export const manual = (name: string) => ({ agent: name, trigger: { kind: 'manual' }, whenBusy: 'refuse' }) as const

/** The id in an answer that promises a run. */
export function idOf(answer: { kind: string; run?: string }): string {
  if (answer.run === undefined) throw new Error(`no run, but ${answer.kind}`)
  return answer.run
}
