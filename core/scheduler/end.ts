import { asLock, freeLock, type LockItem, lockKey } from '../locks/lock.ts'
import type { AgentRule } from '../plan/decisions.ts'
import { absent, type Write } from '../store.ts'
import { afterEvidence, isBlocked, logBreakers, probing, type Refusal } from './breaker.ts'
import { countsStarts, startLimit, warnOf } from './limits.ts'
import { agentKey, asAgent, type LiveAgent, writeAgent } from './live.ts'
import type { Packed } from './payload.ts'
import { asProject, type Project, type ProjectItem, projectKey, writeProject } from './project.ts'
import { isLive, mayRerun, type Outcome, originOf, type Run, runId, runKey, shortReason, type Usage } from './run.ts'
import { manyTries, settle } from './settle.ts'
import { addTo, after, type Counters, mostOf, readSpending, type Spending, unmetered } from './spending.ts'
import type { World } from './world.ts'

/** How a run ends, and what comes with it. */
export interface Ending {
  readonly outcome: Outcome
  readonly said?: boolean
  readonly code?: number
  readonly reason?: string
  readonly usage?: Usage
  readonly result?: Packed
  /** The run to go on with, if it may. */
  readonly next?: Run
  /** A provider has refused the model for good. */
  readonly refused?: Refusal | undefined
}

/** A done run, its result and its history stay for 30 days. */
const keptSeconds = 30 * 24 * 3600

/**
 * Ends a starting or running run in one commit: the run is done, its slot is free or taken over by its rerun, its lock is
 * free, and its day has what it used. `judge` looks at the run as it is now, and says how it ends or that it does not. Returns the run that was ended;
 * nothing if there was nothing to end. Queued runs are started by `drain`, afterwards: this must never wait for them.
 */
export async function endRun(
  world: World,
  ref: Pick<Run, 'agent' | 'suffix'>,
  judge: (run: Run) => Ending | undefined,
): Promise<Run | undefined> {
  const rule = world.rules.agents.get(ref.agent)
  let told = () => {}
  const ended = await settle<Run | undefined>(
    world,
    async () => {
      const [[projectItem, runItem, agentItem], spending] = await Promise.all([
        world.store.get([projectKey, runKey(ref), agentKey(ref.agent)]),
        readSpending(world, ref.agent),
      ])
      const run = runItem?.data as Run | undefined
      if (runItem === undefined || agentItem === undefined || run === undefined || !isLive(run)) {
        return { answer: undefined }
      }
      const ending = judge(run)
      if (ending === undefined) return { answer: undefined }
      const before = asProject(projectItem)
      const usage = mostOf(run.usage, ending.usage)
      const { refused, outcome } = ending
      const answered = (usage?.turnCount ?? 0) > 0 || outcome === 'completed' || outcome === 'rerun'
      const changed = afterEvidence(world, run, before, { refused, answered })
      const project = { ...before, ...changed }
      const agent = asAgent(ref.agent, agentItem)
      // Its own usage is added to the day before it is decided whether it may go on.
      const spent = after(spending, todayOf(world, rule, run, usage, undefined))
      const next = ending.next && mayGoOn(world, run, { agent, project, spending: spent }) ? ending.next : undefined
      const done = doneRun(world, run, { ...ending, usage, next })
      const more = todayOf(world, rule, run, usage, next)
      const probed = next && rule && probing(rule, runId(next), project)
      const change = { ...changed, ...(probed && { breakers: probed }) }
      told = () => {
        if (changed !== undefined) logBreakers(world, before.breakers, changed.breakers)
        warnOf(world, rule ?? { name: run.agent }, spending, more)
      }
      return {
        writes: [
          putDone(done, runItem.expected),
          ...(next === undefined ? [] : [{ kind: 'put', key: runKey(next), expected: absent, data: next } as const]),
          ...leaveSlot(agent, run.suffix, next?.suffix),
          ...changeProject(world, before, agent.active.includes(run.suffix) && next === undefined, change),
          ...addTo(spending, more),
          ...(await freeLockOf(world, run)),
          ...(ending.result?.writes ?? []),
        ],
        answer: done,
      }
    },
    manyTries,
  )
  if (ended !== undefined) {
    logEnd(world, ended)
    told()
  }
  return ended
}

/** What the end of a run adds to its day: what no day has counted yet, and the start of its rerun. */
function todayOf(
  world: World,
  rule: AgentRule | undefined,
  run: Run,
  usage: Usage | undefined,
  next: Run | undefined,
): Counters {
  const goesOn = next !== undefined && rule !== undefined && countsStarts(world, rule)
  return { runs: (run.counted === true ? 0 : 1) + (goesOn ? 1 : 0), ...unmetered(run, usage) }
}

/**
 * Logs the one line about a run's end, by whoever has committed it. The line has no text that an agent wrote: why the run
 * ended is stored in the run.
 */
export function logEnd({ log }: World, run: Run): void {
  const { agent, outcome, code, createdAt, startedAt, endedAt = createdAt, usage } = run
  log('info', 'run ended', {
    run: runId(run),
    agent,
    outcome,
    ...(code !== undefined && { code }),
    trigger: originOf(run).kind,
    queuedMs: (startedAt ?? endedAt) - createdAt,
    ...(startedAt !== undefined && { ranMs: endedAt - startedAt }),
    ...(usage !== undefined && { totalTokens: usage.totalTokens, cost: usage.cost }),
  })
}

export const putDone = (run: Run, expected: Write['expected']): Write => ({
  kind: 'put',
  key: runKey(run),
  expected,
  data: run,
  expiresAt: Math.floor((run.endedAt ?? 0) / 1000) + keptSeconds,
})

/**
 * The run as it stays on record. Everything that could start it or speak for it is removed; the session is kept only to
 * tell a repeated finish from a stranger's.
 */
export function doneRun(world: World, run: Run, ending: Ending): Run {
  const { entry: _, leaseUntil: __, deadline: ___, metered: ____, counted: _____, ...rest } = run
  const { outcome, said, code, reason, usage, result, next } = ending
  return {
    ...rest,
    state: 'done',
    tickets: [],
    endedAt: world.clock.now(),
    outcome,
    ...(said === true && { said }),
    ...(code !== undefined && { code }),
    ...(reason !== undefined && { reason: shortReason(reason) }),
    ...(usage !== undefined && { usage }),
    ...(result !== undefined && { result: result.payload }),
    ...(next !== undefined && { next: next.suffix }),
  }
}

/** Whether a chain of reruns goes on, in the slot it has. */
function mayGoOn(
  world: World,
  run: Run,
  {
    agent,
    project,
    spending,
  }: { readonly agent: LiveAgent; readonly project: ProjectItem; readonly spending: Spending },
): boolean {
  const rule = world.rules.agents.get(run.agent)
  const { scale, maxReruns } = world.rules.limits
  return (
    mayRerun(run) &&
    run.rerun < maxReruns &&
    run.stop === undefined &&
    project.paused !== true &&
    agent.paused !== true &&
    agent.active.includes(run.suffix) &&
    rule !== undefined &&
    agent.active.length <= rule.scale &&
    (scale === undefined || (project.active ?? 0) <= scale) &&
    !isBlocked(world, rule, project) &&
    startLimit(world, rule, spending) === undefined
  )
}

/** If the suffix is not there the sweep has already given the slot away. */
function leaveSlot(agent: LiveAgent, suffix: string, next: string | undefined): Write[] {
  if (!agent.active.includes(suffix)) return []
  const others = agent.active.filter((one) => one !== suffix)
  return [writeAgent(agent, { active: next === undefined ? others : [...others, next], paused: agent.paused })]
}

function changeProject(world: World, project: ProjectItem, freed: boolean, said: Project): Write[] {
  const counted = freed && world.rules.limits.scale !== undefined && project.active !== undefined
  const change: Project = { ...said, ...(counted && { active: Math.max(0, (project.active ?? 0) - 1) }) }
  return Object.keys(change).length === 0 ? [] : [writeProject(project, change)]
}

async function freeLockOf(world: World, run: Run): Promise<Write[]> {
  if (run.lock === undefined) return []
  const [snapshot] = await world.store.get([lockKey(run.lock)])
  if (snapshot === undefined) return []
  const item: LockItem = asLock(snapshot)
  return freeLock(item, runId(run), world.clock.now())
}
