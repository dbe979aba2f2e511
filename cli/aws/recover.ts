import type { ResourceFailure } from '../../infra/aws/deploy/stack-progress.ts'
import { StackFailure } from '../../infra/aws/deploy/stack-progress.ts'
import { isInProgress, type StackWork } from '../../infra/aws/deploy/stack-work.ts'
import type { Ask } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'

/** Waits for what somebody else does to the stacks, and says so. Returns whether anything was waited for. */
export async function waitForOthers(
  states: ReadonlyMap<string, string>,
  work: Pick<StackWork, 'settled'>,
  ui: Ui,
): Promise<boolean> {
  const busy = [...states].filter(([, status]) => isInProgress(status))
  for (const [stack, status] of busy) {
    ui.emit({
      kind: 'note',
      text: `another deploy is in progress: ${stack} is ${status}; waiting for its end (Ctrl-C leaves it alone)`,
    })
    await work.settled(stack)
  }
  return busy.length > 0
}

/**
 * Brings stacks out of the states that an earlier deploy left them in and that CloudFormation does not update. What was
 * never complete (ROLLBACK_COMPLETE) is made anew by the deploy itself.
 */
export async function recoverStacks(
  states: ReadonlyMap<string, string>,
  work: Pick<StackWork, 'continueRollback' | 'remove'>,
  ask: Ask,
  ui: Ui,
): Promise<void> {
  for (const [stack, status] of states) {
    if (status === 'UPDATE_ROLLBACK_FAILED') {
      ui.emit({ kind: 'note', text: `${stack} is ${status}: rolling it back to the previous state` })
      await rollBack(stack, work, ask, ui)
    } else if (status === 'DELETE_FAILED' || status === 'REVIEW_IN_PROGRESS') {
      // The second has no resources yet: only a change set that nobody went on with.
      ui.emit({ kind: 'note', text: `${stack} is ${status}: removing what is left of it` })
      await work.remove(stack)
    }
  }
}

async function rollBack(stack: string, work: Pick<StackWork, 'continueRollback'>, ask: Ask, ui: Ui): Promise<void> {
  try {
    await work.continueRollback(stack)
  } catch (error) {
    if (!(error instanceof StackFailure) || error.failures.length === 0) throw error
    const stuck = [...new Set(error.failures.map(({ logicalId }) => logicalId))]
    for (const { logicalId, reason } of error.failures as readonly ResourceFailure[]) {
      ui.emit({ kind: 'warning', text: `${logicalId}: ${reason}` })
    }
    const skip = await ask.confirm({
      text: `${stuck.join(', ')} of ${stack} cannot be rolled back. Go on without? The deploy then brings them where they should be.`,
      flag: '--yes',
    })
    if (!skip) throw error
    await work.continueRollback(stack, stuck)
  }
}
