import { formatDollars } from '../../core/format.ts'
import { warnAt } from '../../core/scheduler/limits.ts'
import type { Status } from '../gateway/gateway-client.ts'
import type { Ui } from './ui.ts'

/** The limits per day: how much of each is used today (UTC), with a warning at those that are nearly used up. */
export function showLimits(limits: Status['limits'], ui: Ui): void {
  const [first] = limits
  if (first === undefined) return
  ui.emit({ kind: 'heading', text: `Limits of ${first.day} (UTC)` })
  ui.emit({
    kind: 'table',
    columns: ['of', 'limit', 'used', 'at most', ''],
    rows: limits.map((one) => [
      one.agent ?? 'project',
      one.what,
      amount(one, one.spent),
      amount(one, one.limit),
      how(one),
    ]),
  })
}

function how({ spent, limit }: Status['limits'][number]): string {
  if (spent >= limit) return 'REACHED: nothing more starts today'
  return spent >= warnAt * limit ? `${Math.floor((100 * spent) / limit)} % used` : ''
}

const amount = ({ what }: Status['limits'][number], value: number): string =>
  what === 'maxCostPerDay' ? formatDollars(value) : String(value)
