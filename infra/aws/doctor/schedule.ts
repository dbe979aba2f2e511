import type { UpdateScheduleCommandInput } from '@aws-sdk/client-scheduler'
import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler'
import { differences } from '../../doctor/differences.ts'
import { type Difference, none } from '../../doctor/finding.ts'
import type { Account } from '../account.ts'
import { asked } from '../secrets/asked.ts'
import type { Inspector } from './inspector.ts'

/** What CloudFormation leaves to the service. */
const defaults = { ScheduleExpressionTimezone: 'UTC', State: 'ENABLED' }

/** When a schedule fires, whether it does, and whom it calls with what. */
export function scheduleInspector(account: Pick<Account, 'region' | 'credentials'>): Inspector {
  const client = new SchedulerClient(account)
  return async (properties) => {
    const planned = { ...defaults, ...properties } as unknown as UpdateScheduleCommandInput
    const { Name, GroupName } = planned
    const request = new GetScheduleCommand({ Name, GroupName })
    const found = await asked(() => client.send(request), { absent: ['ResourceNotFoundException'] })
    if (found === undefined) return 'absent'
    const limits = (['StartDate', 'EndDate'] as const).flatMap((what): Difference[] => {
      const date = found[what]
      return date === undefined || planned[what] !== undefined
        ? []
        : [{ what, expected: none, found: date.toISOString() }]
    })
    return {
      differences: [...differences('', planned, { ...defaults, ...found }), ...limits],
      repair: async () => {
        await asked(() => client.send(new UpdateScheduleCommand(planned)))
      },
    }
  }
}
