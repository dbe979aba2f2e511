import { RemovalPolicy } from 'aws-cdk-lib'
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'

/** Days that logs are kept. */
const retention = 30

/** A log group that goes with what writes into it: kept behind, it would be in the way of the next one of its name. */
export function logGroup(scope: Construct, logGroupName: string): CfnLogGroup {
  const group = new CfnLogGroup(scope, 'Logs', { logGroupName, retentionInDays: retention })
  group.applyRemovalPolicy(RemovalPolicy.DESTROY)
  return group
}
