import { drain } from './drain.ts'
import { type Ending, endRun } from './end.ts'
import { relaunch } from './relaunch.ts'
import type { Run } from './run.ts'
import type { World } from './world.ts'

/** What a platform tells of a container that has stopped. */
export interface ContainerEnd {
  readonly agent: string
  readonly suffix: string
  readonly attempt: number
  readonly container: string
  readonly code?: number
  readonly reason?: string
}

/** Exit code of a container that ended itself because its time was over. */
export const timedOut = 124

/**
 * The platform reports a container's end. If the container had claimed its run, and has not finished it itself, the run
 * ends. If its claim was still being waited for, another attempt is made at once. For any other container nothing
 * happens.
 */
export async function containerEnded(world: World, end: ContainerEnd): Promise<void> {
  const ended = await endRun(world, end, (run) =>
    run.state === 'running' && run.container === end.container ? endingOf(run, end) : undefined,
  )
  if (ended !== undefined) await drain(world, end.agent)
  else {
    const due = (run: Run) => run.attempt === end.attempt
    await relaunch(world, end, due, end.reason ?? `its container ended with code ${end.code ?? 'unknown'}`)
  }
}

function endingOf(run: Run, { code, reason }: ContainerEnd): Ending {
  if (run.stop !== undefined) return { outcome: 'killed', code, reason: run.stop.reason }
  if (code === timedOut) return { outcome: 'timeout', code, reason: 'it ran out of time' }
  return { outcome: 'error', code, reason: reason ?? `its container ended with code ${code ?? 'unknown'}` }
}
