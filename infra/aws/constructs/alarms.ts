import { CfnAlarm, type CfnAlarmProps } from 'aws-cdk-lib/aws-cloudwatch'
import { CfnTopic, CfnTopicPolicy } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { deadLettersName } from '../../../core/plan/names.ts'
import type { Plan } from '../../../core/plan/schema.ts'
import { metricNamespace, metrics } from '../../../core/telemetry/metrics.ts'
import { arnOf } from './policy.ts'

/** Seconds over which an alarm looks, and so the time until it tells. */
const period = 300

/**
 * Mail when something needs a person: events that nobody could handle, and runs that failed. The receiver has to confirm
 * the subscription once. A metric without a value is at rest, and no alarm.
 */
export class Alarms extends Construct {
  constructor(scope: Construct, plan: Plan, email: string) {
    super(scope, 'Alarms')
    const { names, project, environment } = plan
    const topic = new CfnTopic(this, 'Topic', {
      topicName: `${names.prefix}-alarms`,
      displayName: `Action Llama: ${project} (${environment})`.slice(0, 100),
      subscription: [{ protocol: 'email', endpoint: email }],
    })
    allowAlarms(this, topic, names.prefix)
    const alarm = (id: string, props: Omit<CfnAlarmProps, 'period' | 'evaluationPeriods' | 'comparisonOperator'>) =>
      new CfnAlarm(this, id, {
        period,
        evaluationPeriods: 1,
        comparisonOperator: 'GreaterThanThreshold',
        threshold: 0,
        treatMissingData: 'notBreaching',
        alarmActions: [topic.ref],
        ...props,
      })
    alarm('DeadLetters', {
      alarmName: `${names.prefix}-dead-letters`,
      alarmDescription: `${project} (${environment}): events that could not be handled wait in ${deadLettersName(names.prefix)}`,
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      dimensions: [{ name: 'QueueName', value: deadLettersName(names.prefix) }],
      statistic: 'Maximum',
    })
    alarm('FailedRuns', {
      alarmName: `${names.prefix}-failed-runs`,
      alarmDescription: `${project} (${environment}): runs failed, timed out or were lost; al stat -c shows them`,
      namespace: metricNamespace,
      metricName: metrics.runsFailed,
      dimensions: [
        { name: 'Project', value: project },
        { name: 'Environment', value: environment },
      ],
      statistic: 'Sum',
    })
  }
}

/** Alarms of this project may publish, and nobody may without TLS. A key of AWS's own would keep CloudWatch out. */
function allowAlarms(scope: Construct, topic: CfnTopic, prefix: string): void {
  new CfnTopicPolicy(scope, 'Policy', {
    topics: [topic.ref],
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'Alarms',
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Action: 'sns:Publish',
          Resource: topic.ref,
          Condition: {
            StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
            ArnLike: { 'aws:SourceArn': arnOf('cloudwatch', `alarm:${prefix}-*`) },
          },
        },
        {
          Sid: 'NothingInTheClear',
          Effect: 'Deny',
          Principal: '*',
          Action: 'sns:Publish',
          Resource: topic.ref,
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    },
  })
}
