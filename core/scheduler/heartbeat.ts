import { putRun, readRun } from './launch.ts'
import { leases } from './launcher.ts'
import { type Run, runKey, type Usage } from './run.ts'
import { type Nobody, nobody, type Session, standing } from './session.ts'
import { type Decision, settle } from './settle.ts'
import type { World } from './world.ts'

export type Alive =
  | {
      readonly kind: 'alive'
      /** Why the run is to stop now. */
      readonly stop?: string
      /** Milliseconds until the run ends whatever happens. */
      readonly remainingMs: number
      /** Milliseconds from the sending of a heartbeat after which a container that got no other answer counts as lost. */
      readonly leaseMs: number
    }
  | { readonly kind: 'over' | 'stranger' }

/**
 * A container says that it is alive. Late ones count as long as the run has not been ended, and an old one cannot shorten
 * the lease: time is what the clock here says. One that is to stop gets no more time.
 */
export async function heartbeat(world: World, session: Session, usage?: Usage): Promise<Alive> {
  return await changeRun(world, session, (run, now) => {
    const leaseUntil =
      run.stop === undefined ? Math.max(run.leaseUntil ?? 0, now + leases[run.compute].lease) : run.leaseUntil
    const beaten = { ...run, leaseUntil, ...(usage && { usage }) }
    return { run: beaten, answer: aliveFor(beaten, now) }
  })
}

/** What a heartbeat answers, without being one: a container asks in between whether it is to stop. */
export async function poll(world: World, session: Session): Promise<Alive> {
  const run = await readRun(world, session)
  const is = standing(run, session)
  if (run === undefined || is !== 'running') return nobody(is)
  return aliveFor(run, world.clock.now())
}

const aliveFor = (run: Run, now: number): Alive => ({
  kind: 'alive',
  ...(run.stop && { stop: run.stop.reason }),
  remainingMs: Math.max(0, (run.deadline ?? now) - now),
  leaseMs: leases[run.compute].lease,
})

/** Milliseconds between two status texts that are kept: each costs a write. */
const statusPause = 5000
const longestStatus = 500

export type StatusKept = { readonly kind: 'ok'; readonly kept: boolean } | { readonly kind: 'over' | 'stranger' }

/** What the agent says it is doing. `kept` is false if it said something else less than five seconds ago. */
export async function setStatus(world: World, session: Session, text: string): Promise<StatusKept> {
  return await changeRun(world, session, (run, at) => {
    if (run.status !== undefined && at - run.status.at < statusPause) {
      return { answer: { kind: 'ok', kept: run.status.text === text } }
    }
    const status = { text: text.slice(0, longestStatus), at }
    return { run: { ...run, status }, answer: { kind: 'ok', kept: true } }
  })
}

/** A change that a container makes to its own run, while that runs; without a run it is an answer alone. */
async function changeRun<Answer>(
  world: World,
  session: Session,
  change: (run: Run, now: number) => { readonly run?: Run; readonly answer: Answer },
): Promise<Answer | Nobody> {
  return await settle(world, async (): Promise<Decision<Answer | Nobody>> => {
    const [item] = await world.store.get([runKey(session)])
    const run = item?.data as Run | undefined
    const is = standing(run, session)
    if (item === undefined || run === undefined || is !== 'running') return { answer: nobody(is) }
    const { run: changed, answer } = change(run, world.clock.now())
    return { writes: changed === undefined ? [] : [putRun(changed, item.expected)], answer }
  })
}
