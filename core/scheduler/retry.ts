import { readRun } from './launch.ts'
import { loadPayload } from './payload.ts'
import { originOf, type Run, runId } from './run.ts'
import { type Triggered, trigger } from './trigger.ts'
import type { World } from './world.ts'

/** Makes a new run of one that is over, with the same input. It has no caller: a call gets only one answer. */
export async function retry(
  world: World,
  ref: Pick<Run, 'agent' | 'suffix'>,
  trace?: string,
): Promise<Triggered | { readonly kind: 'unknown' | 'live' }> {
  const run = await readRun(world, ref)
  if (run === undefined) return { kind: 'unknown' }
  if (run.state !== 'done') return { kind: 'live' }
  const input = run.input && (await loadPayload(world, run.input))
  return await trigger(world, {
    agent: run.agent,
    trigger: { kind: 'retry', of: runId(run), origin: originOf(run) },
    input,
    trace,
    whenBusy: 'queue',
  })
}
