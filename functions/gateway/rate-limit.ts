/** How many requests without a valid proof one sender has made in a window. */
export const mostUnproven = 120
/** Milliseconds. */
const window = 60_000
/** Senders that are remembered. Beyond that the one that began longest ago is forgotten. */
const mostSenders = 10_000

interface Count {
  readonly since: number
  requests: number
}

/**
 * Counts requests that did not prove themselves (bad secret, key or signature, unknown path) by where the platform says
 * they came from. A request with a valid proof is never refused: proof is always checked first, so neither a neighbour at
 * the same address nor a forged header can cost a genuine event or a container its run. The others only learn no longer
 * why they were refused, and do not fill the log.
 *
 * One instance of the gateway counts for itself. How much comes in at all is limited by the platform.
 */
export function rateLimit(now: () => number) {
  const counts = new Map<string, Count>()
  return {
    /**
     * Counts a request as `weight` requests. Returns the seconds until the sender's next window if it is over the limit;
     * `first` is set for the request that exceeds it.
     */
    count(
      address: string | undefined,
      weight = 1,
    ): { readonly retryAfter: number; readonly first: boolean } | undefined {
      const sender = senderOf(address)
      const at = now()
      const known = counts.get(sender)
      // A clock that was set back begins a new window too.
      const running = known !== undefined && at >= known.since && at - known.since < window
      const count = running ? known : { since: at, requests: 0 }
      count.requests += weight
      if (!running) {
        counts.delete(sender)
        const [oldest] = counts.size >= mostSenders ? counts.keys() : []
        if (oldest !== undefined) counts.delete(oldest)
        counts.set(sender, count)
      }
      if (count.requests <= mostUnproven) return undefined
      const retryAfter = Math.max(1, Math.ceil((count.since + window - at) / 1000))
      return { retryAfter, first: count.requests - weight <= mostUnproven }
    },
    /** Senders remembered now. */
    size: (): number => counts.size,
  }
}

export type RateLimit = ReturnType<typeof rateLimit>

/**
 * What counts as one sender: an IPv4 address, or the first 64 bits of an IPv6 address, which one host has all of.
 * Without an address all share a count, which harms nobody who proves himself.
 */
export function senderOf(address: string | undefined): string {
  if (address === undefined || address === '') return '-'
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address.slice(0, 64)
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? []
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array.from({ length: zeros }, () => '0'), ...back].slice(0, 4)
  return `${groups
    .map((group) =>
      group
        .slice(0, 4)
        .replace(/^0+(?=.)/, '')
        .toLowerCase(),
    )
    .join(':')}::/64`
}
