import { Job } from '@pulumi/gcp/cloudscheduler/job.js'
import { ProjectSink } from '@pulumi/gcp/logging/projectSink.js'
import { Subscription } from '@pulumi/gcp/pubsub/subscription.js'
import { Topic } from '@pulumi/gcp/pubsub/topic.js'
import { TopicIAMMember } from '@pulumi/gcp/pubsub/topicIAMMember.js'
import type { Account } from '@pulumi/gcp/serviceaccount/account.js'
import type { Resource } from '@pulumi/pulumi/resource.js'
import type { Site } from '../site.ts'
import { addIdentity } from './identity.ts'

/**
 * What calls the gateway from within: Cloud Scheduler at its minutes, and Pub/Sub when an execution has ended. Both come
 * with a token that Google signs for one service account, which may do nothing else.
 */
export function addCallers(site: Site, gateway: Resource): void {
  const { plan, google } = site
  const { account: caller } = addIdentity(site, 'caller', {
    account: google.accounts.caller,
    description: `Calls the control plane of ${plan.project} (${plan.environment})`.slice(0, 100),
    permissions: plan.scheduler.permissions,
  })
  for (const one of google.clock) addClockJob(site, caller, gateway, one)
  addStopped(site, caller, gateway)
}

function addClockJob(
  { project, region, gatewayUrl }: Site,
  caller: Account,
  gateway: Resource,
  { name, expression, timezone, path, why }: Site['google']['clock'][number],
): void {
  new Job(
    `clock-${name}`,
    {
      project,
      region,
      name,
      description: why.slice(0, 500),
      schedule: expression,
      timeZone: timezone,
      attemptDeadline: '60s',
      // A tick is tried again for as long as it would still be acted on: the handlers skip one that is older.
      retryConfig: { retryCount: 3, maxRetryDuration: '300s', minBackoffDuration: '5s', maxBackoffDuration: '60s' },
      httpTarget: {
        httpMethod: 'POST',
        uri: gatewayUrl + path,
        oidcToken: { serviceAccountEmail: caller.email, audience: gatewayUrl },
      },
    },
    { dependsOn: gateway },
  )
}

/** What this misses, the sweep finds. */
function addStopped({ google, project, gatewayUrl }: Site, caller: Account, gateway: Resource): void {
  const { name, filter, path } = google.stopped
  const topic = new Topic('stopped', { project, name, labels: google.labels })
  const sink = new ProjectSink(
    'stopped',
    {
      project,
      name,
      description: 'Executions of agents that have ended',
      destination: `pubsub.googleapis.com/projects/${project}/topics/${name}`,
      filter,
      uniqueWriterIdentity: true,
    },
    { dependsOn: topic },
  )
  new TopicIAMMember('stopped-publish', {
    project,
    topic: topic.name,
    role: 'roles/pubsub.publisher',
    member: sink.writerIdentity,
  })
  new Subscription(
    'stopped',
    {
      project,
      name,
      topic: topic.name,
      labels: google.labels,
      ackDeadlineSeconds: 30,
      messageRetentionDuration: '600s',
      // It never expires, however long nothing runs.
      expirationPolicy: { ttl: '' },
      retryPolicy: { minimumBackoff: '10s', maximumBackoff: '120s' },
      pushConfig: {
        pushEndpoint: gatewayUrl + path,
        oidcToken: { serviceAccountEmail: caller.email, audience: gatewayUrl },
      },
    },
    { dependsOn: gateway },
  )
}
