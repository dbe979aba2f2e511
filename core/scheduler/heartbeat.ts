import type { Write } from '../store.ts'
import { afterEvidence, logBreakers } from './breaker.ts'
import { putRun, readRun } from './launch.ts'
import { leases } from './launcher.ts'
import { type DayLimit, describeLimit, metersTurns, turnLimit, warnOf } from './limits.ts'
import { readProject, writeProject } from './project.ts'
import { type Run, runKey, type Usage } from './run.ts'
import { type Nobody, nobody, type Session, standing } from './session.ts'
import { type Decision, settle } from './settle.ts'
import { addTo, after, mostOf, readSpending, unmetered } from './spending.ts'
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
      /** Why its model makes no more turns today; told with heartbeats, where something limits the cost of a day. */
      readonly overBudget?: string
    }
  | { readonly kind: 'over' | 'stranger' }

/**
 * A container says that it is alive. A late heartbeat counts as long as the run has not been ended, and a delayed one
 * cannot shorten the lease, which is counted from this host's clock. A run that is to stop gets no more time.
 */
export async function heartbeat(world: World, session: Session, usage?: Usage): Promise<Alive> {
  let told = () => {}
  const answer = await changeRun(world, session, async (run, now) => {
    const leaseUntil =
      run.stop === undefined ? Math.max(run.leaseUntil ?? 0, now + leases[run.compute].lease) : run.leaseUntil
    const used = mostOf(run.usage, usage)
    const beaten: Run = { ...run, leaseUntil, ...(used && { usage: used }) }
    const answered = await firstAnswer(world, run, used)
    const { meter, limit, ...spent } = await spend(world, run, used)
    told = () => {
      answered.told()
      spent.told()
    }
    return {
      run: { ...beaten, ...meter },
      writes: [...answered.writes, ...spent.writes],
      answer: { ...aliveFor(beaten, now), ...(limit && { overBudget: describeLimit(limit) }) },
    }
  })
  if (answer.kind === 'alive') told()
  return answer
}

/** What belongs into the commit of a heartbeat, and what to log once that has succeeded. */
interface Beat {
  readonly writes: readonly Write[]
  readonly told: () => void
}

const nothingMore: Beat = { writes: [], told: () => {} }

/** The first sign that the model answers: a probe then lets the other runs through at once, not only when it ends. */
async function firstAnswer(world: World, run: Run, used: Usage | undefined): Promise<Beat> {
  if ((run.usage?.turnCount ?? 0) > 0 || (used?.turnCount ?? 0) === 0) return nothingMore
  const project = await readProject(world)
  const change = afterEvidence(world, run, project, { answered: true })
  if (change === undefined) return nothingMore
  return {
    writes: [writeProject(project, change)],
    told: () => logBreakers(world, project.breakers, change.breakers),
  }
}

interface Spent extends Beat {
  readonly meter?: Pick<Run, 'metered'>
  readonly limit?: DayLimit | undefined
}

/**
 * What is added to the day, where something limits its cost: only what no day has counted yet, so that a repeated report
 * adds nothing.
 */
async function spend(world: World, run: Run, used: Usage | undefined): Promise<Spent> {
  const rule = world.rules.agents.get(run.agent) ?? { name: run.agent }
  if (!metersTurns(world, rule)) return nothingMore
  const spending = await readSpending(world, run.agent)
  const more = unmetered(run, used)
  return {
    writes: addTo(spending, more),
    meter: { metered: { cost: used?.cost ?? 0, tokens: used?.totalTokens ?? 0 } },
    limit: turnLimit(world, rule, after(spending, more)),
    told: () => warnOf(world, rule, spending, more),
  }
}

/** Gives the same answer as a heartbeat, without being one: between heartbeats a container asks whether it is to stop. */
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

interface Change<Answer> {
  /** Absent: an answer alone. */
  readonly run?: Run
  /** What is written with it. */
  readonly writes?: readonly Write[]
  readonly answer: Answer
}

/** A change that a container makes to its own run, while that runs. */
async function changeRun<Answer>(
  world: World,
  session: Session,
  change: (run: Run, now: number) => Promise<Change<Answer>> | Change<Answer>,
): Promise<Answer | Nobody> {
  return await settle(world, async (): Promise<Decision<Answer | Nobody>> => {
    const [item] = await world.store.get([runKey(session)])
    const run = item?.data as Run | undefined
    const is = standing(run, session)
    if (item === undefined || run === undefined || is !== 'running') return { answer: nobody(is) }
    const { run: changed, writes = [], answer } = await change(run, world.clock.now())
    return { writes: changed === undefined ? [] : [putRun(changed, item.expected), ...writes], answer }
  })
}
