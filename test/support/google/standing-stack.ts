import type { Plan } from '../../../core/plan/schema.ts'
import { functionCode } from '../../../infra/gcp/function-code.ts'
import { imagesOf } from '../../../infra/gcp/images.ts'
import { gcpProgram } from '../../../infra/gcp/program.ts'
import { type RecordedResource, recordResources } from '../../../infra/gcp/record-resources.ts'
import { stackPlace } from '../../../infra/gcp/stack-place.ts'
import { entriesOf, treeHash } from '../../../infra/images/file-tree.ts'
import type { FakeGoogle } from './fake-google.ts'
import type { IamPolicies } from './policies.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * Makes in a stand-in what a deploy of a plan makes, as Google's provider would, and writes Pulumi's state of it into the
 * state bucket: the resources are those of the real program. Secrets have to be there before, but for `absentSecrets`.
 */
export async function putStack(
  google: FakeGoogle,
  plan: Plan,
  directory: string,
  absentSecrets: ReadonlySet<string> = new Set(),
): Promise<void> {
  const [images, code] = await Promise.all([imagesOf(plan, directory), functionCode(plan)])
  const program = gcpProgram(plan, {
    projectNumber: google.number,
    images: new Map(images.map(({ key, reference }) => [key, reference])),
    code: { directory: 'code', hash: treeHash(entriesOf(code)) },
    keptDatabase: false,
    absentSecrets,
  })
  const place = stackPlace(plan)
  const recorded = filled(await recordResources(program, place), google)
  const resources = recorded.map(({ type, name, properties }) => {
    const outputs = make(google, type, properties)
    return { urn: urnOf(plan, type, name), custom: true, type, id: name, inputs: properties, outputs }
  })
  google.storage.buckets.set(place.bucket, { name: place.bucket })
  const stack = { urn: urnOf(plan, 'pulumi:pulumi:Stack', 'stack'), type: 'pulumi:pulumi:Stack' }
  const state = { version: 3, checkpoint: { latest: { resources: [stack, ...resources] } } }
  google.storage.put(place.bucket, place.object, JSON.stringify(state))
}

const urnOf = ({ environment, project }: Plan, type: string, name: string) =>
  `urn:pulumi:${environment}::al-${project}::${type}::${name}`

/** What only Google knows, as it says it. */
function filled(recorded: readonly RecordedResource[], { project }: FakeGoogle): readonly RecordedResource[] {
  let text = JSON.stringify(recorded)
  for (const { type, name, properties } of recorded) {
    if (type !== 'gcp:serviceaccount/account:Account') continue
    const email = `${properties.accountId}@${project}.iam.gserviceaccount.com`
    text = text
      .replaceAll(`\${${name}.email}`, email)
      .replaceAll(`\${${name}.member}`, `serviceAccount:${email}`)
      .replaceAll(`\${${name}.name}`, `projects/${project}/serviceAccounts/${email}`)
  }
  return JSON.parse(text.replaceAll('${stopped.writerIdentity}', `serviceAccount:${writer}`))
}

const writer = 'service-123456789012@gcp-sa-logging.iam.gserviceaccount.com'

/** Makes one resource, and answers what Pulumi would know of it beyond its inputs. */
export function make(google: FakeGoogle, type: string, inputs: Json): Json {
  const { project, region, run, iam, scheduler, pubsub, logging, storage, registry } = google
  const id = String(inputs.name)
  const grant = (policies: IamPolicies, thing: string) =>
    policies.grant(thing, String(inputs.role), String(inputs.member), inputs.condition)
  switch (type) {
    case 'gcp:serviceaccount/account:Account':
      return { ...inputs, uniqueId: iam.putAccount(String(inputs.accountId)).uniqueId }
    case 'gcp:projects/iAMCustomRole:IAMCustomRole':
      iam.putRole(String(inputs.roleId), { includedPermissions: inputs.permissions, stage: 'GA' })
      break
    case 'gcp:cloudrunv2/job:Job':
      run.put('jobs', id, jobOf(inputs))
      break
    case 'gcp:cloudfunctionsv2/function:Function':
      google.functions.functions.set(id, {})
      run.put('services', id, serviceOfFunction(inputs, `https://${id}-${google.number}.${region}.run.app`))
      break
    case 'gcp:cloudscheduler/job:Job': {
      const { project: _, region: __, ...rest } = inputs
      scheduler.put(id, rest)
      break
    }
    case 'gcp:pubsub/topic:Topic':
      pubsub.topics.set(id, { name: `projects/${project}/topics/${id}` })
      break
    case 'gcp:pubsub/subscription:Subscription': {
      const { ackDeadlineSeconds, pushConfig } = inputs
      const topic = `projects/${project}/topics/${inputs.topic}`
      const name = `projects/${project}/subscriptions/${id}`
      pubsub.subscriptions.set(id, { name, topic, ackDeadlineSeconds, pushConfig })
      break
    }
    case 'gcp:logging/projectSink:ProjectSink':
      logging.sinks.set(id, {
        name: id,
        destination: inputs.destination,
        filter: inputs.filter,
        writerIdentity: writer,
      })
      break
    case 'gcp:storage/bucket:Bucket':
      storage.buckets.set(id, { name: id })
      break
    case 'gcp:projects/iAMMember:IAMMember':
      grant(google.projects.policies, project)
      break
    case 'gcp:secretmanager/secretIamMember:SecretIamMember':
      grant(google.secrets.policies, String(inputs.secretId))
      break
    case 'gcp:cloudrunv2/jobIamMember:JobIamMember':
      grant(run.policies, `jobs/${id}`)
      break
    case 'gcp:cloudrunv2/serviceIamMember:ServiceIamMember':
      grant(run.policies, `services/${id}`)
      break
    case 'gcp:artifactregistry/repositoryIamMember:RepositoryIamMember':
      grant(registry.policies, String(inputs.repository))
      break
    case 'gcp:storage/bucketIAMMember:BucketIAMMember':
      grant(storage.policies, String(inputs.bucket))
      break
    case 'gcp:pubsub/topicIAMMember:TopicIAMMember':
      grant(pubsub.policies, String(inputs.topic))
      break
  }
  return inputs
}

/** What the API answers has fields that nobody has set. */
function jobOf({ labels, template }: Json): Json {
  const { template: task, ...outer } = template as { template: { containers: Json[] } & Json }
  const containers = task.containers.map(({ envs, resources, ...container }) => ({
    ...container,
    env: envs,
    resources: { ...(resources as Json), cpuIdle: true },
  }))
  return { labels, template: { ...outer, template: { ...task, containers } }, launchStage: 'GA', executionCount: 3 }
}

function serviceOfFunction({ labels, serviceConfig }: Json, url: string): Json {
  const { serviceAccountEmail, environmentVariables } = serviceConfig as Json
  const env = Object.entries({ ...(environmentVariables as Json), LOG_EXECUTION_ID: 'true' })
  return {
    labels,
    uri: `https://al-gateway-abcdefghij-ew.a.run.app`,
    urls: [url, 'https://al-gateway-abcdefghij-ew.a.run.app'],
    ingress: 'INGRESS_TRAFFIC_ALL',
    terminalCondition: { type: 'Ready', state: 'CONDITION_SUCCEEDED' },
    template: {
      serviceAccount: serviceAccountEmail,
      containers: [{ name: 'worker', env: env.map(([name, value]) => ({ name, value })) }],
    },
  }
}
