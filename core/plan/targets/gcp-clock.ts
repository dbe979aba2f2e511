import type { Plan, PlannedAgent } from '../schema.ts'

type Clock = NonNullable<Plan['google']>['clock']

/** Jobs of Cloud Scheduler that a billing account has for free. */
export const freeClockJobs = 3

const everyMinute = { expression: '* * * * *', timezone: 'Etc/UTC' } as const

/**
 * The jobs of Cloud Scheduler. Up to three in all, the sweep among them, are free and say what they are for; for more
 * schedules than that there is one a minute, at which the gateway looks whose line fires, and sweeps.
 */
export function clockOf(prefix: string, agents: readonly PlannedAgent[]): Clock {
  const own = agents.flatMap((agent) =>
    agent.schedules.map(({ name, expression, timezone, line }) => ({
      name,
      expression,
      timezone: timezone === 'UTC' ? 'Etc/UTC' : timezone,
      path: `/internal/tick?agent=${agent.name}`,
      why: `agent ${agent.name}: ${line} (${timezone})`,
    })),
  )
  return own.length < freeClockJobs
    ? [...own, { name: `${prefix}-sweep`, ...everyMinute, path: '/internal/sweep', why: 'the sweep' }]
    : [{ name: `${prefix}-tick`, ...everyMinute, path: '/internal/tick', why: 'all schedules, and the sweep' }]
}
