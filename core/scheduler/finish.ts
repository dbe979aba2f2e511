import type { Refusal } from './breaker.ts'
import { timedOut } from './container-ended.ts'
import { drain } from './drain.ts'
import { endRun } from './end.ts'
import { fresh, launch, orderOf, readRun, starting } from './launch.ts'
import { packPayload } from './payload.ts'
import { mayRerun, newSecret, newSuffix, type Outcome, type Run, runId, type Usage } from './run.ts'
import { type Session, standing } from './session.ts'
import type { World } from './world.ts'

/** What the container says of its run. */
export interface Finish {
  /** `rerun`: completed, and it wants to go on. */
  readonly outcome: 'completed' | 'rerun' | 'error' | 'killed' | 'budget_exceeded'
  readonly code?: number
  readonly reason?: string
  /** What it returns to its caller, at most 256 KiB. */
  readonly result?: string
  readonly usage?: Usage
  /** The provider refused in a way that would meet every other run, too. */
  readonly modelRefused?: Refusal
}

export type Finished =
  | { readonly kind: 'done'; readonly outcome: Outcome; readonly next?: string }
  | { readonly kind: 'over' | 'stranger' }

/**
 * A container ends its run. Saying it again changes nothing and gets the same answer; saying it after the run was ended
 * as lost has no effect. Then its rerun is launched, or whoever waits for the slot.
 */
export async function finish(world: World, session: Session, said: Finish): Promise<Finished> {
  const before = await readRun(world, session)
  const is = standing(before, session)
  if (before === undefined || is === 'stranger') return { kind: 'stranger' }
  if (is === 'over') return repeated(before)

  const id = runId(before)
  const result = said.result === undefined ? undefined : await packPayload(world, id, 'out', said.result)
  const ticket = newSecret(world.random)
  const next = said.outcome === 'rerun' ? rerunOf(world, before, ticket) : undefined
  const rule = world.rules.agents.get(before.agent)
  const done =
    (await endRun(world, before, (run) => {
      if (standing(run, session) !== 'running') return undefined
      return { ...said, outcome: outcomeOf(run, said), said: true, result, next, refused: said.modelRefused }
    })) ?? (await readRun(world, session))
  // The read tells our own commit, reported as a conflict, from an end that was faster.
  if (done === undefined) return { kind: 'over' }
  const started = next !== undefined && done.next === next.suffix
  if (started && rule !== undefined && (await launch(world, orderOf(rule, next, ticket))))
    await drain(world, done.agent)
  if (!started) await drain(world, done.agent)
  return repeated(done)
}

/** The first report counts; a run that was ended before it could report anything has nothing to repeat. */
function repeated({ agent, outcome, said, next }: Run): Finished {
  if (outcome === undefined || said !== true) return { kind: 'over' }
  return { kind: 'done', outcome, ...(next !== undefined && { next: runId({ agent, suffix: next }) }) }
}

/**
 * A run that was told to stop, and did not complete, was stopped. A container that ran out of time says so by its exit
 * code.
 */
function outcomeOf(run: Run, { outcome, code }: Finish): Outcome {
  if (run.stop !== undefined && outcome !== 'completed') return 'killed'
  return outcome === 'error' && code === timedOut ? 'timeout' : outcome
}

function rerunOf(world: World, run: Run, ticket: string): Run | undefined {
  const rule = world.rules.agents.get(run.agent)
  if (rule === undefined || !mayRerun(run)) return undefined
  const now = world.clock.now()
  const { agent, trigger, chain, input, trace } = run
  const draft = {
    agent,
    trigger,
    chain,
    input,
    ...(trace !== undefined && { trace }),
    suffix: newSuffix(now, world.random),
    rerun: run.rerun + 1,
  }
  return starting(world, rule, fresh({ ...draft, compute: rule.compute, createdAt: now }), ticket)
}
