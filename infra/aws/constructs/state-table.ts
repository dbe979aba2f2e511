import { RemovalPolicy } from 'aws-cdk-lib'
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb'
import type { Construct } from 'constructs'
import type { Plan } from '../../../core/plan/schema.ts'

/**
 * The one table of a project: locks, calls, queues and runs. Billed by request, so nothing at rest; encrypted with a key
 * of AWS. It outlives its stack unless the project says it is disposable; a later
 * deploy takes it back in with `cdk deploy --import-existing-resources`.
 */
export function stateTable(scope: Construct, plan: Plan): CfnTable {
  const { disposable } = plan.target
  const table = new CfnTable(scope, 'State', {
    tableName: plan.names.table,
    billingMode: 'PAY_PER_REQUEST',
    attributeDefinitions: [
      { attributeName: 'pk', attributeType: 'S' },
      { attributeName: 'sk', attributeType: 'S' },
    ],
    keySchema: [
      { attributeName: 'pk', keyType: 'HASH' },
      { attributeName: 'sk', keyType: 'RANGE' },
    ],
    timeToLiveSpecification: { attributeName: 'expiresAt', enabled: true },
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtectionEnabled: !disposable,
  })
  table.applyRemovalPolicy(disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN)
  return table
}
