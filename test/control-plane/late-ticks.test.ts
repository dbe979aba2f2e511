import { expect, test } from 'vitest'
import { handleSchedulerEvent } from '../../functions/aws/handle-scheduler-event.ts'
import { internalApp } from '../../functions/gcp/internal.ts'
import { agent, testPlane } from '../support/plane.ts'

/** What each cloud's scheduler calls, for a tick of a minute and for the sweep. */
const clouds = {
  aws: (plane: ReturnType<typeof testPlane>) => {
    const options = { plane, agents: [...plane.world.rules.agents.values()], clock: plane.world.clock, log: () => {} }
    return {
      tick: (at: string) => handleSchedulerEvent(options, { kind: 'tick', agent: 'dev', at: `2026-11-21T${at}:00Z` }),
      sweep: () => handleSchedulerEvent(options, { kind: 'sweep' }),
    }
  },
  gcp: (plane: ReturnType<typeof testPlane>) => {
    const app = internalApp({
      plane,
      agents: [...plane.world.rules.agents.values()],
      executions: { get: async () => undefined },
      verify: async () => ({ genuine: true }),
      clock: plane.world.clock,
      log: () => {},
    })
    const call = async (path: string, at?: string) => {
      const headers = at === undefined ? {} : { 'X-CloudScheduler-ScheduleTime': `2026-11-21T${at}:00Z` }
      expect((await app.request(path, { method: 'POST', headers })).status).toBe(200)
    }
    return {
      tick: (at: string) => call('/internal/tick?agent=dev', at),
      sweep: () => call('/internal/sweep'),
    }
  },
} as const

const hour = 3600

/** Two hours in which the cloud's scheduler is down; then its ticks of 11:00 and 12:00 come late, and the sweep goes on. */
async function afterOutage(cloud: keyof typeof clouds, misfire?: 'once') {
  const schedule = { line: '0 * * * *', timezone: 'UTC', ...(misfire && { misfire }) }
  const plane = testPlane([agent('dev', { schedule, scale: 9 })])
  const scheduler = clouds[cloud](plane)
  await scheduler.sweep()
  plane.wait(2 * hour + 900)
  return { plane, scheduler }
}

test.each(['aws', 'gcp'] as const)(
  '%s: with skip, ticks that come late after an outage start nothing',
  async (cloud) => {
    const { plane, scheduler } = await afterOutage(cloud)
    for (const at of ['11:00', '12:00']) await scheduler.tick(at)
    await scheduler.sweep()
    expect(plane.launched).toHaveLength(0)
  },
)

test.each(['aws', 'gcp'] as const)('%s: with once, they start one run, also where they never come', async (cloud) => {
  for (const come of [true, false]) {
    const { plane, scheduler } = await afterOutage(cloud, 'once')
    if (come) for (const at of ['12:00', '11:00', '12:00']) await scheduler.tick(at)
    for (let i = 0; i < 3; i++) await scheduler.sweep()
    expect(plane.launched).toHaveLength(1)
    expect((await plane.history('dev')).map(({ trigger }) => trigger)).toEqual([
      { kind: 'tick', at: Date.parse('2026-11-21T12:00:00Z') },
    ])
  }
})
