import { type Context, Hono } from 'hono'
import { minuteOf } from '../../core/cron/wall-clock.ts'
import type { AgentRule } from '../../core/plan/decisions.ts'
import type { ControlPlane } from '../../core/scheduler/control-plane.ts'
import type { Clock, Log } from '../../core/scheduler/world.ts'
import { dueAt, tickAll } from '../schedules/tick-all.ts'
import { attemptOf, type Execution, type Executions } from './executions.ts'
import type { Verdict } from './scheduler-identity.ts'
import { stoppedExecution } from './stopped-execution.ts'

export interface InternalOptions {
  readonly plane: Pick<ControlPlane, 'tick' | 'sweep' | 'reap' | 'containerEnded'>
  readonly executions: Pick<Executions, 'get'>
  readonly agents: readonly AgentRule[]
  /** Whether an `Authorization` header is that of the account which Cloud Scheduler and Pub/Sub call as. Throws when that cannot be told now. */
  readonly verify: (header: string | undefined) => Promise<Verdict>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

/**
 * What Cloud Scheduler and Pub/Sub call. Whatever is not answered with 200 they send again, which does no harm: a tick of a
 * minute happens once, a sweep goes by what it finds, and an execution ends once.
 *
 * - `POST /internal/tick?agent=x`: the job of one schedule.
 * - `POST /internal/tick`: the job of all schedules, each minute; ticks the agents whose line fires in it, and sweeps.
 * - `POST /internal/sweep`: the job of the sweep, where each schedule has its own.
 * - `POST /internal/stopped`: Cloud Run's log says that an execution has ended.
 */
export function internalApp({ plane, agents, executions, verify, clock, log }: InternalOptions): Hono {
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

  app.post('/internal/stopped', async (c) => {
    const told = stoppedExecution(await c.req.json().catch(() => undefined))
    if (told === undefined || !agents.some(({ resource }) => resource === told.job)) {
      log('info', 'an event that means nothing to a run', { ...told })
      return answer(c, 0)
    }
    try {
      await executionStopped(told.execution, await executions.get(told.job, told.execution))
      return answer(c, 0)
    } catch (error) {
      log('error', "an execution's end was not recorded; it is told again", { ...told, error: String(error) })
      return answer(c, 1)
    }
  })

  /** Cloud Run is asked, so an event that is late, repeated or made up ends nothing that runs. */
  async function executionStopped(name: string, execution: Execution | undefined): Promise<void> {
    const attempt = execution?.completionTime === undefined ? undefined : attemptOf(execution)
    if (execution === undefined || attempt === undefined) {
      log('info', 'an execution that is not over, or means nothing to a run', { execution: name })
      return
    }
    const { compute: _, ...ref } = attempt
    const reason = execution.conditions?.find(({ type }) => type === 'Completed')?.message
    const end = { ...ref, ...((execution.succeededCount ?? 0) > 0 ? { code: 0 } : reason && { reason }) }
    log('info', 'execution ended', { ...end })
    await plane.containerEnded(end)
  }

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
