import { type Context, Hono } from 'hono'
import { minuteOf } from '../../core/cron/wall-clock.ts'
import type { AgentRule } from '../../core/plan/decisions.ts'
import type { ControlPlane } from '../../core/scheduler/control-plane.ts'
import type { Clock, Log } from '../../core/scheduler/world.ts'
import { dueAt, tickAll } from '../schedules/tick-all.ts'
import type { Verdict } from './scheduler-identity.ts'

export interface InternalOptions {
  readonly plane: Pick<ControlPlane, 'tick' | 'sweep' | 'reap'>
  readonly agents: readonly AgentRule[]
  /** Whether an `Authorization` header is Cloud Scheduler's. Throws when that cannot be told now. */
  readonly verify: (header: string | undefined) => Promise<Verdict>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

/**
 * What Cloud Scheduler calls. Whatever is not answered with 200 it sends again, which does no harm: a tick of a minute
 * happens once, and a sweep goes by what it finds.
 *
 * - `POST /internal/tick?agent=x`: the job of one schedule.
 * - `POST /internal/tick`: the job of all schedules, each minute; ticks the agents whose line fires in it, and sweeps.
 * - `POST /internal/sweep`: the job of the sweep, where each schedule has its own.
 */
export function internalApp({ plane, agents, verify, clock, log }: InternalOptions): Hono {
  const app = new Hono()

  app.use(async (c, next) => {
    const verdict = await verify(c.req.header('authorization')).catch((error: unknown) => {
      log('error', 'cannot tell who calls an internal route', { error: String(error) })
      return undefined
    })
    if (verdict === undefined) return c.json({ error: 'cannot tell who calls' }, 503)
    if (verdict.genuine) return await next()
    log('warn', 'refused a call of an internal route', { path: c.req.path, why: verdict.why })
    return c.json({ error: 'Unauthorized' }, 401)
  })

  app.post('/internal/tick', async (c) => {
    const minute = scheduledMinute(c)
    if (minute === undefined) return c.json({ error: `${scheduleTime} is not a time` }, 400)
    const agent = c.req.query('agent')
    if (agent !== undefined) return answer(c, (await tickAll(plane, log, [{ agent, at: minute }])).length)
    const [failed, swept] = await Promise.all([tickAll(plane, log, dueAt(agents, minute)), sweep(minute)])
    return answer(c, failed.length + swept)
  })

  app.post('/internal/sweep', async (c) => {
    const minute = scheduledMinute(c)
    return minute === undefined
      ? c.json({ error: `${scheduleTime} is not a time` }, 400)
      : answer(c, await sweep(minute))
  })

  /** The minute the call is for, epoch milliseconds; a repeated call is for the minute of the first one. */
  function scheduledMinute(c: Context): number | undefined {
    const header = c.req.header(scheduleTime)
    const at = header === undefined ? clock.now() : Date.parse(header)
    return Number.isNaN(at) ? undefined : minuteOf(new Date(at))
  }

  /** How much of it failed. Once an hour it looks for containers that outlived their run, too. */
  async function sweep(minute: number): Promise<number> {
    const onTheHour = new Date(minute).getUTCMinutes() === 0
    const results = await Promise.allSettled([plane.sweep(), ...(onTheHour ? [plane.reap()] : [])])
    const failures = results.filter((result) => result.status === 'rejected')
    for (const { reason } of failures) log('error', 'the sweep failed', { error: String(reason) })
    return failures.length
  }

  return app
}

/** Set by Cloud Scheduler to the time that a call is for, in RFC 3339, maybe with an offset. */
const scheduleTime = 'X-CloudScheduler-ScheduleTime'

const answer = (c: Context, failed: number): Response => c.json({ failed }, failed === 0 ? 200 : 500)
