import type { Context, Next } from 'hono'
import { later, refused } from './answer.ts'
import type { GatewayOptions } from './options.ts'
import { type RateLimit, rateLimit } from './rate-limit.ts'
import { type Notes, respond } from './serve.ts'

/** Characters of a path in the log. */
const longestPath = 200

/**
 * Wraps every request: gives it an id, counts it if it has no valid proof, and writes its line in the log, which says
 * nothing of query, headers and body.
 */
export function requestLine(options: GatewayOptions) {
  const { clock, log } = options
  const limit = rateLimit(() => clock.now())
  return async (c: Context, next: Next): Promise<void> => {
    const since = clock.now()
    const notes: Notes = { requestId: requestId(options, c) }
    c.set('notes', notes)
    await next()
    const over = notes.unproven === true ? refuseMore(options, limit, c) : false
    if (c.req.path === '/health') return
    const { status } = c.res
    log(status < 400 || over ? 'debug' : 'warn', 'request', {
      method: c.req.method,
      path: c.req.path.slice(0, longestPath),
      status,
      ms: Math.max(0, clock.now() - since),
      requestId: notes.requestId,
      ...(notes.detail !== undefined && { detail: notes.detail }),
      ...(notes.run !== undefined && notes.unproven !== true && { run: notes.run }),
    })
  }
}

/** Counts the sender. One that is over the limit is told so, instead of what was wrong. */
function refuseMore({ addressOf, log }: GatewayOptions, limit: RateLimit, c: Context): boolean {
  const address = addressOf(c)
  const over = limit.count(address, c.get('notes').weight)
  if (over === undefined) return false
  // Its further requests are not worth a warning each.
  if (over.first) log('warn', 'a sender proves nothing, again and again', { address })
  c.res = undefined
  c.res = respond(refused(429, 'too many requests', later(over.retryAfter)), c.get('notes'))
  return true
}

function requestId({ requestIdOf, random }: GatewayOptions, c: Context): string {
  const given = requestIdOf?.(c)
  if (given !== undefined && /^[\w.:;,=+/@-]{1,128}$/.test(given)) return given
  return Buffer.from(random(16)).toString('hex')
}
