import type { GoogleAccount } from '../../infra/gcp/account.ts'
import { nameIn } from '../../infra/gcp/deploy/change.ts'
import { UpdateFailure } from '../../infra/gcp/deploy/deploy-failure.ts'
import type { Adoption, StateResource } from '../../infra/gcp/deploy/stack.ts'

type Inputs = Readonly<Record<string, unknown>>

/** How Google names resources of a type that refuse to be made twice. Source: "Import" of each type in Pulumi's registry. */
const ids: Readonly<Record<string, (inputs: Inputs, place: GoogleAccount) => string>> = {
  'gcp:serviceaccount/account:Account': ({ accountId }, { project }) =>
    `projects/${project}/serviceAccounts/${accountId}@${project}.iam.gserviceaccount.com`,
  'gcp:cloudrunv2/job:Job': ({ name }, { project, region }) => `projects/${project}/locations/${region}/jobs/${name}`,
  'gcp:cloudscheduler/job:Job': ({ name }, { project, region }) =>
    `projects/${project}/locations/${region}/jobs/${name}`,
  'gcp:cloudfunctionsv2/function:Function': ({ name }, { project, region }) =>
    `projects/${project}/locations/${region}/functions/${name}`,
  'gcp:artifactregistry/repository:Repository': ({ repositoryId }, { project, region }) =>
    `projects/${project}/locations/${region}/repositories/${repositoryId}`,
  'gcp:firestore/database:Database': ({ name }, { project }) => `projects/${project}/databases/${name}`,
  'gcp:storage/bucket:Bucket': ({ name }) => String(name),
  'gcp:pubsub/topic:Topic': ({ name }, { project }) => `projects/${project}/topics/${name}`,
  'gcp:pubsub/subscription:Subscription': ({ name }, { project }) => `projects/${project}/subscriptions/${name}`,
  'gcp:logging/projectSink:ProjectSink': ({ name }, { project }) => `projects/${project}/sinks/${name}`,
  'gcp:projects/iAMCustomRole:IAMCustomRole': ({ roleId }, { project }) => `projects/${project}/roles/${roleId}`,
}

/**
 * What an earlier deploy had begun to make when it was cut off: it may be there, and then it is taken in, since it cannot be
 * made a second time. Bindings can be.
 */
export function adoptions(unfinished: readonly StateResource[], account: GoogleAccount): Adoption[] {
  return unfinished.flatMap(({ urn, type, inputs }) => {
    const id = ids[type]?.(inputs, account)
    return id === undefined ? [] : [{ type, name: nameIn(urn), id }]
  })
}

/** Does an update that takes in what is there; what turns out not to be there is made. */
export async function adopting(
  candidates: readonly Adoption[],
  update: (adopt: readonly Adoption[]) => Promise<void>,
): Promise<void> {
  for (let adopt = candidates; ; ) {
    try {
      return await update(adopt)
    } catch (error) {
      if (!(error instanceof UpdateFailure)) throw error
      const absent = error.failures.filter(({ reason }) => /does not exist/.test(reason)).map(({ urn = '' }) => urn)
      const there = adopt.filter(({ type, name }) => !absent.some((urn) => urn.endsWith(`::${type}::${name}`)))
      if (there.length === adopt.length) throw error
      adopt = there
    }
  }
}
