import { RemovalPolicy } from 'aws-cdk-lib'
import { CfnQueue, CfnQueuePolicy } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { deadLettersName } from '../../../core/plan/names.ts'
import type { Plan } from '../../../core/plan/schema.ts'
import { arnOf } from './policy.ts'

/** Where events end that nobody could handle: kept for two weeks, encrypted, reachable over TLS only. */
export class DeadLetters extends Construct {
  readonly arn: string

  constructor(scope: Construct, plan: Plan) {
    super(scope, 'DeadLetters')
    const queue = new CfnQueue(this, 'Queue', {
      queueName: deadLettersName(plan.names.prefix),
      messageRetentionPeriod: 14 * 24 * 3600,
      sqsManagedSseEnabled: true,
    })
    queue.applyRemovalPolicy(RemovalPolicy.DESTROY)
    this.arn = queue.attrArn
    new CfnQueuePolicy(this, 'Policy', {
      queues: [queue.ref],
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 'sqs:*',
            Resource: queue.attrArn,
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
          {
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: queue.attrArn,
            Condition: { ArnLike: { 'aws:SourceArn': arnOf('events', `rule/${plan.names.prefix}-task-stopped`) } },
          },
        ],
      },
    })
  }
}
