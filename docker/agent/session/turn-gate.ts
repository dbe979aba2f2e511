import { formatDollars } from '../../../core/format.ts'
import type { Handout } from '../../../core/plan/decisions.ts'
import type { Usage } from '../../../core/scheduler/run.ts'
import type { Log } from '../../../core/scheduler/world.ts'

/** Asked before each call of the model with what was used so far. Returns why there is to be none; nothing if there may. */
export type TurnGate = (used: Usage) => Promise<string | undefined>

export interface TurnGateOptions {
  readonly limits: NonNullable<Handout['limits']>
  /** Tells the control plane what was used, and asks whether the day has room for one more turn. */
  readonly ask: TurnGate
  readonly log: Log
}

/** The share of a limit at which it is warned of. */
const warnAt = 0.8

/**
 * Holds a run to its limits. Turns and the cost of the run are counted here; where the cost of a day is limited, the control
 * plane has the sum, and hears of each turn before it allows the next one. So no limit is passed by more than one turn.
 */
export function turnGate({ limits, ask, log }: TurnGateOptions): TurnGate {
  const { maxCostPerRun, maxTurns, asksForTurns } = limits
  const warned = new Set<string>()
  const over = (what: string, limit: number | undefined, used: number, write: (value: number) => string) => {
    if (limit === undefined) return undefined
    if (used >= limit) return `${what}: ${write(used)} of ${write(limit)} used by this run`
    if (used >= warnAt * limit && !warned.has(what)) {
      warned.add(what)
      log('warn', 'a limit of this run is used to 80 %', { what, limit, used })
    }
    return undefined
  }
  return async (used) =>
    over('maxTurns', maxTurns, used.turnCount, String) ??
    over('maxCostPerRun', maxCostPerRun, used.cost, formatDollars) ??
    (asksForTurns === true ? await ask(used) : undefined)
}
