import type { GoogleAccount } from '../account.ts'
import type { StateResource } from './stack.ts'

type Inputs = StateResource['inputs']

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(value.lastIndexOf('/') + 1) : '')

/**
 * What of the control plane nobody but a deploy makes again, and where Google has it. The doctor puts the other things back
 * by itself.
 */
const places: Readonly<Record<string, (inputs: Inputs, account: GoogleAccount) => string>> = {
  'gcp:cloudfunctionsv2/function:Function': ({ name }, { project, region }) =>
    `https://cloudfunctions.googleapis.com/v2/projects/${project}/locations/${region}/functions/${name}`,
  'gcp:pubsub/topic:Topic': ({ name }, { project }) =>
    `https://pubsub.googleapis.com/v1/projects/${project}/topics/${name}`,
  'gcp:pubsub/subscription:Subscription': ({ name }, { project }) =>
    `https://pubsub.googleapis.com/v1/projects/${project}/subscriptions/${name}`,
  'gcp:logging/projectSink:ProjectSink': ({ name }, { project }) =>
    `https://logging.googleapis.com/v2/projects/${project}/sinks/${name}`,
  'gcp:projects/iAMCustomRole:IAMCustomRole': ({ roleId }, { project }) =>
    `https://iam.googleapis.com/v1/projects/${project}/roles/${roleId}`,
}

/** What goes along with a resource, since it stands in that one's policy or hangs on it: by type, and the input that names it. */
const along: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'gcp:cloudfunctionsv2/function:Function': { 'gcp:cloudrunv2/serviceIamMember:ServiceIamMember': 'name' },
  'gcp:pubsub/topic:Topic': {
    'gcp:pubsub/topicIAMMember:TopicIAMMember': 'topic',
    'gcp:pubsub/subscription:Subscription': 'topic',
  },
}

/**
 * What stands in the state and is not there any more: Pulumi looks at nothing by itself, so a deploy would leave it out for
 * good. What may not be looked at counts as there. Throws a `GoogleFailure` when Google cannot be reached.
 */
export async function removedByHand(
  resources: readonly StateResource[],
  account: GoogleAccount,
): Promise<readonly StateResource[]> {
  const looked = await Promise.all(
    resources.map(async (one) => {
      const url = places[one.type]?.(one.inputs, account)
      return url !== undefined && (await account.api('GET', url)).status === 404 ? [one] : []
    }),
  )
  const gone = looked.flat()
  const goes = (one: StateResource) =>
    gone.some(({ type, inputs: { name } }) => {
      const input = along[type]?.[one.type]
      return input !== undefined && text(one.inputs[input]) === text(name)
    })
  return resources.filter((one) => gone.includes(one) || goes(one))
}
