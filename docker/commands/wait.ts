import { wholeNumber, withOption } from './arguments.ts'
import { askForCall } from './calls.ts'
import { type Command, type Ended, ended, endedBy, UsageError } from './command.ts'
import { exitOf, exits } from './exit-codes.ts'
import { type Answer, type Ask, exitOfAnswer, gatewayOf, limits, parsed } from './gateway.ts'

/** Milliseconds between two looks: the first ones are close, for calls that are quick. The last one repeats. */
const pauses = [500, 1_000, 2_000, 5_000]
/** Milliseconds without any useful answer after which the wait is given up. */
const patience = 30_000
const defaultSeconds = 900
/** The longest run. */
const longestSeconds = 7 * 24 * 3600

/** What is known of a call: the gateway's answer. */
interface Seen {
  readonly status: string
  readonly blocked?: boolean
  readonly [field: string]: unknown
}

type Finished = { readonly seen: Seen; readonly exit: number }

/** Waits until all calls have ended, and prints what became of each, keyed by its id. */
export const alWait: Command = {
  usage: 'al-wait <callId>... [--timeout <seconds>]',
  async run(args, { environment }) {
    const { rest, value } = withOption('--timeout', args)
    const ids = [...new Set(rest)]
    if (ids.length === 0 || ids.includes('')) throw new UsageError('missing callId')
    const range = { min: 1, max: longestSeconds }
    const seconds = value === undefined ? defaultSeconds : wholeNumber('--timeout', value, range)
    const ask = gatewayOf(environment)
    if (ask === undefined) return ended(exits.unavailable, { error: 'no gateway' })
    return await waitFor(ask, ids, seconds * 1000)
  },
}

async function waitFor(ask: Ask, ids: readonly string[], ms: number): Promise<Ended> {
  const start = performance.now()
  const finished = new Map<string, Finished>()
  const known = new Map<string, Seen>()
  let answeredAt = start
  for (let round = 0; ; round++) {
    const left = ms - (performance.now() - start)
    const open = ids.filter((id) => !finished.has(id))
    // The last look is at the deadline, and short.
    const within = Math.max(1_000, Math.min(limits.total, left))
    const answers = await Promise.all(open.map(async (id) => [id, await askForCall(ask, id, within)] as const))
    const silent: Answer[] = []
    for (const [id, answer] of answers) {
      const said = meaningOf(answer)
      if (said === 'over') return endedBy(answer)
      if (said === undefined) {
        silent.push(answer)
        continue
      }
      answeredAt = performance.now()
      known.set(id, said.seen)
      if ('exit' in said) finished.set(id, said)
    }
    const report = (why?: string) => Object.fromEntries(ids.map((id) => [id, shown(known.get(id), why)]))
    const waiting = ids.filter((id) => !finished.has(id))
    if (waiting.length === 0) return ended(worst([...finished.values()]), report())
    if (waiting.every((id) => known.get(id)?.blocked === true) && silent.length === 0) {
      return ended(exits.notYet, report())
    }
    const now = performance.now()
    const tired = now - answeredAt >= patience
    if (now - start >= ms || tired) {
      const [first] = silent
      const isKnown = !tired && waiting.every((id) => known.has(id))
      if (first === undefined || isKnown) return ended(exits.notYet, report())
      const exit = exitOfAnswer(first) || exits.unexpected
      if (known.size > 0 || exit === exits.unexpected) return ended(exit, report('the gateway gives no answer'))
      return endedBy(first)
    }
    const pause = Math.min(pauses[Math.min(round, pauses.length - 1)] ?? 0, ms - (now - start))
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

/** What an answer says of its call; `over` if it says that asking is over; nothing if asking again may tell more. */
function meaningOf(answer: Answer): Finished | { readonly seen: Seen } | 'over' | undefined {
  if (answer.kind === 'unusable') return 'over'
  if (answer.kind !== 'answered' || answer.status === 429 || answer.status >= 500) return undefined
  const exit = exitOf(answer.status)
  if (exit === exits.notFound) {
    return { seen: { status: 'error', errorMessage: 'call not found' }, exit }
  }
  const seen = parsed(answer.text) as Seen | undefined
  if (exit !== exits.done) return 'over'
  switch (seen?.status) {
    case 'completed':
      return { seen, exit: exits.done }
    case 'error':
      return { seen, exit: exits.rejected }
    case 'pending':
    case 'running':
      return { seen }
    default:
      // Not of our gateway: something between says 200 to everything.
      return undefined
  }
}

const blockedReason = 'it waits for slots of runs that wait for it: it starts when this run has ended'

function shown(seen: Seen | undefined, why?: string): Seen {
  if (seen === undefined) return { status: 'unknown', errorMessage: why ?? 'no answer' }
  return seen.blocked === true ? { ...seen, reason: blockedReason } : seen
}

/** An id that does not exist is a mistake of the caller's, and says more than a call that failed. */
function worst(finished: readonly Finished[]): number {
  const codes = finished.map(({ exit }) => exit)
  return [exits.notFound, exits.rejected].find((code) => codes.includes(code)) ?? exits.done
}
