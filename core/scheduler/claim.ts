import { putRun } from './launch.ts'
import { leases } from './launcher.ts'
import { loadPayload } from './payload.ts'
import { hashOf, type Run, runKey } from './run.ts'
import { sameHash } from './session.ts'
import { type Decision, settle } from './settle.ts'
import type { World } from './world.ts'

export interface Claim {
  readonly agent: string
  readonly suffix: string
  /** What the launch gave the container. */
  readonly ticket: string
  /** Hash of the session secret that the container has made itself, in hex. */
  readonly session: string
  /** What the platform calls the container, where it knows. */
  readonly container?: string
}

export type Claimed =
  | {
      readonly kind: 'granted'
      readonly run: Run
      /** What the run is told, as JSON text. */
      readonly input?: string
      readonly remainingMs: number
      readonly leaseMs: number
    }
  /** Another container has the run: this one is not needed. */
  | { readonly kind: 'taken' }
  /** The run has ended, or is to be stopped. */
  | { readonly kind: 'over' }
  | { readonly kind: 'stranger' }

/** Milliseconds beyond its timeout in which a run may say how it ended. */
const grace = 60_000

/**
 * `starting → running`: gives the run to the container that presents one of its tickets first, for good. The same session
 * again gets the same answer, so that a lost answer does not lose the run.
 */
export async function claim(world: World, { agent, suffix, ticket, session, container }: Claim): Promise<Claimed> {
  const key = runKey({ agent, suffix })
  const answer = await settle(world, async (): Promise<Decision<Claimed>> => {
    const [item] = await world.store.get([key])
    const run = item?.data as Run | undefined
    if (item === undefined || run === undefined) return { answer: { kind: 'stranger' } }
    const now = world.clock.now()
    if (run.session !== undefined && sameHash(run.session, session)) {
      return { answer: run.state === 'running' ? granted(run, now) : { kind: 'over' } }
    }
    if (run.state === 'done') return { answer: { kind: 'over' } }
    if (run.state === 'running') return { answer: { kind: 'taken' } }
    const known = run.tickets.some((hash) => sameHash(hash, hashOf(ticket)))
    const rule = world.rules.agents.get(agent)
    if (run.state !== 'starting' || !known) return { answer: { kind: 'stranger' } }
    if (run.stop !== undefined || rule === undefined) return { answer: { kind: 'over' } }
    const running: Run = {
      ...run,
      state: 'running',
      claimedAt: now,
      session,
      tickets: [],
      leaseUntil: now + leases[run.compute].lease,
      deadline: now + rule.timeoutSeconds * 1000 + grace,
      ...(container !== undefined && { container }),
    }
    return { writes: [putRun(running, item.expected)], answer: granted(running, now) }
  })
  if (answer.kind !== 'granted' || answer.run.input === undefined) return answer
  return { ...answer, input: await loadPayload(world, answer.run.input) }
}

const granted = (run: Run, now: number): Claimed => ({
  kind: 'granted',
  run,
  remainingMs: Math.max(0, (run.deadline ?? now) - now),
  leaseMs: leases[run.compute].lease,
})
