import { Fn } from 'aws-cdk-lib'
import type { CfnSchedule } from 'aws-cdk-lib/aws-scheduler'
import { deadLettersName, schedulesRoleName } from '../../../core/plan/names.ts'
import type { Plan } from '../../../core/plan/schema.ts'
import { arnOf } from './policy.ts'

/**
 * The scheduler function as target of a schedule. What cannot be delivered in time is kept as a dead letter. The stacks of a
 * project know each other's resources by name: exports would tie their updates together.
 */
export function tickTarget(
  plan: Plan,
  input: Readonly<Record<string, string>>,
  retryPolicy: { readonly maximumRetryAttempts: number; readonly maximumEventAgeInSeconds: number },
): CfnSchedule.TargetProperty {
  const { prefix, rolePath, scheduler } = plan.names
  return {
    arn: arnOf('lambda', `function:${scheduler}`),
    roleArn: Fn.sub(`arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role${rolePath}${schedulesRoleName(prefix)}`),
    input: JSON.stringify(input),
    retryPolicy,
    deadLetterConfig: { arn: arnOf('sqs', deadLettersName(prefix)) },
  }
}
