import type { AgentRule } from '../plan/decisions.ts'
import type { Expected, Write } from '../store.ts'
import { sumOf } from './admission.ts'
import { probing } from './breaker.ts'
import { endRun } from './end.ts'
import { type LaunchOrder, leases } from './launcher.ts'
import { countsStarts } from './limits.ts'
import { type LiveAgent, writeAgent } from './live.ts'
import { type Project, type ProjectItem, writeProject } from './project.ts'
import { hashOf, type Run, runId, runKey } from './run.ts'
import { settle } from './settle.ts'
import { addTo, type Spending } from './spending.ts'
import type { World } from './world.ts'

/** What a new run is made from; its other fields depend on its state. */
export type NewRun = Pick<Run, 'agent' | 'suffix' | 'trigger' | 'chain' | 'rerun' | 'input' | 'trace'> & {
  readonly compute: AgentRule['compute']
  readonly createdAt: number
}

export const fresh = (run: NewRun): Omit<Run, 'state'> => ({ ...run, attempt: 0, tickets: [], calls: 0 })

/** A run as it is while its first container is being started. */
export function starting(world: World, rule: AgentRule, run: Omit<Run, 'state'>, ticket: string): Run {
  const { entry: _, ...rest } = run
  const now = world.clock.now()
  const { compute } = rule
  return {
    ...rest,
    ...(countsStarts(world, rule) && { counted: true }),
    state: 'starting',
    compute,
    startedAt: now,
    attempt: 1,
    tickets: [hashOf(ticket)],
    leaseUntil: now + leases[compute].launch,
  }
}

export const putRun = (run: Run, expected: Expected): Write => ({ kind: 'put', key: runKey(run), expected, data: run })

/**
 * What was read for a start besides the run. `live` is the run's agent alone, or all agents when the project has a scale.
 */
export interface Around {
  readonly project: ProjectItem
  readonly live: ReadonlyMap<string, LiveAgent>
  /** Today's counters, where something limits them. */
  readonly spending?: Spending | undefined
}

/** The writes that give a run its slot, apart from the run itself. Where runs per day are limited, they also count it. */
export function takeSlot(
  world: World,
  rule: AgentRule,
  agent: LiveAgent,
  suffix: string,
  { project, live, spending }: Around,
): Write[] {
  const breakers = probing(rule, runId({ agent: agent.agent, suffix }), project)
  const change: Project = {
    // Counted from the item alone: the runs may have been read at another moment.
    ...(world.rules.limits.scale !== undefined && { active: (project.active ?? sumOf(live)) + 1 }),
    ...(breakers && { breakers }),
  }
  return [
    writeAgent(agent, { active: [...agent.active, suffix], paused: agent.paused }),
    ...(Object.keys(change).length === 0 ? [] : [writeProject(project, change)]),
    ...(spending !== undefined && countsStarts(world, rule) ? addTo(spending, { runs: 1 }) : []),
  ]
}

export async function readRun(world: World, ref: Pick<Run, 'agent' | 'suffix'>): Promise<Run | undefined> {
  const [snapshot] = await world.store.get([runKey(ref)])
  return snapshot?.data as Run | undefined
}

export const orderOf = (agent: AgentRule, run: Run, ticket: string): LaunchOrder => ({
  agent,
  run: runId(run),
  suffix: run.suffix,
  attempt: run.attempt,
  ticket,
  ...(run.trace !== undefined && { trace: run.trace }),
})

/** Milliseconds until a start that the platform refused is tried again, and how often that is done. */
const afterRefusal = 20_000
const mostAttempts = 30

/**
 * Starts the container of an attempt whose commit has succeeded. Whatever goes wrong, the run is not lost: if a container
 * may have started, its claim is awaited until the launch lease is over; if the platform refused, the sweep tries again;
 * if it can never start, the run ends. True when the run has ended, so that its slot is free.
 */
export async function launch(world: World, order: LaunchOrder): Promise<boolean> {
  const ref = { agent: order.agent.name, suffix: order.suffix }
  const about = { run: order.run, agent: order.agent.name, attempt: order.attempt }
  try {
    const answer = await world.launcher.launch(order)
    if (answer.kind === 'started') return false
    world.log('warn', 'launch did not start anything', { ...about, kind: answer.kind, why: answer.why })
    if (answer.kind === 'refused' && order.attempt < mostAttempts) {
      await tryAgainSoon(world, order)
      return false
    }
    const reason = `could not be started: ${answer.why}`
    const ended = await endRun(world, ref, (run) => (isAttempt(run, order) ? { outcome: 'error', reason } : undefined))
    return ended !== undefined
  } catch (error) {
    world.log('warn', 'launch failed; the sweep tries again', { ...about, error: String(error) })
    return false
  }
}

const isAttempt = (run: Run, { attempt }: LaunchOrder): boolean => run.state === 'starting' && run.attempt === attempt

/** Nothing was started, so no claim has to be awaited, and the attempt does not count. */
async function tryAgainSoon(world: World, order: LaunchOrder): Promise<void> {
  const key = runKey({ agent: order.agent.name, suffix: order.suffix })
  await settle(world, async () => {
    const [snapshot] = await world.store.get([key])
    const run = snapshot?.data as Run | undefined
    if (snapshot === undefined || run === undefined || !isAttempt(run, order)) return { answer: undefined }
    const leaseUntil = Math.min(run.leaseUntil ?? 0, world.clock.now() + afterRefusal)
    const tickets = run.tickets.filter((hash) => hash !== hashOf(order.ticket))
    return { writes: [putRun({ ...run, leaseUntil, tickets }, snapshot.expected)], answer: undefined }
  })
}
