import type { PublicRun } from '../../functions/gateway/public-run.ts'
import { exitCodes } from '../errors.ts'

/** The codes of `al-exit` (10–16), of a limit, a timeout and a kill. Any other could be mistaken for one of `al` itself. */
const own = new Set([10, 11, 12, 13, 14, 15, 16, 17, 124, 137])

/**
 * What `al run` ends with: 0 for a run that completed, or wants to go on; 137 killed; 124 timed out; 17 ended by a limit; the
 * run's own code when it is one of those with a meaning; else 1.
 */
export function exitCodeOf({ outcome, code }: Pick<PublicRun, 'outcome' | 'code'>): number {
  if (outcome === 'completed' || outcome === 'rerun') return exitCodes.ok
  if (outcome === 'killed') return 137
  if (outcome === 'timeout') return 124
  if (outcome === 'budget_exceeded') return 17
  return code !== undefined && own.has(code) ? code : exitCodes.failure
}
