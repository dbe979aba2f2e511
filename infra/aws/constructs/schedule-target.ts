import { Fn } from 'aws-cdk-lib'
import type { CfnSchedule } from 'aws-cdk-lib/aws-scheduler'
import { deadLettersName, schedulesRoleName } from '../../../core/plan/names.ts'
import type { Plan } from '../../../core/plan/schema.ts'
import { arnOf } from './policy.ts'

/** What all schedules of a project have in common: whom they call, as whom, and where undelivered calls are kept. */
export type ScheduleTarget = Pick<CfnSchedule.TargetProperty, 'arn' | 'roleArn' | 'deadLetterConfig'>

/** Made once per stack. The stacks of a project know each other by name: exports would tie their updates together. */
export function scheduleTarget({ names: { prefix, rolePath, scheduler } }: Plan): ScheduleTarget {
  return {
    arn: arnOf('lambda', `function:${scheduler}`),
    roleArn: Fn.sub(`arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role${rolePath}${schedulesRoleName(prefix)}`),
    deadLetterConfig: { arn: arnOf('sqs', deadLettersName(prefix)) },
  }
}
