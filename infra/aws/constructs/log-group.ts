import { RemovalPolicy } from 'aws-cdk-lib'
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import type { Plan } from '../../../core/plan/schema.ts'

/**
 * A log group that keeps lines for as many days as the plan says. It goes with what writes into it: kept behind, it would
 * be in the way of the next one of its name.
 */
export function logGroup(scope: Construct, logGroupName: string, { target }: Pick<Plan, 'target'>): CfnLogGroup {
  const group = new CfnLogGroup(scope, 'Logs', { logGroupName, retentionInDays: target.logRetentionDays })
  group.applyRemovalPolicy(RemovalPolicy.DESTROY)
  return group
}
