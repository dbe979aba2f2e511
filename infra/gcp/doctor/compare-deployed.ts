import type { Drift } from '../../doctor/finding.ts'
import { eachOf } from '../../each-of.ts'
import type { GoogleAccount } from '../account.ts'
import type { KeptResource } from '../deploy/state-files.ts'
import { inspectClockJob } from './clock-job.ts'
import { inspectCustomRole } from './custom-role.ts'
import { inspectGateway } from './gateway.ts'
import { inspectGrants, isGrant } from './grants.ts'
import { type Inspected, type Inspector, textOf } from './inspector.ts'
import { inspectJob } from './job.ts'
import { inspectSink, inspectSubscription } from './messages.ts'
import { inspectServiceAccount } from './service-account.ts'

const serviceAccount = 'gcp:serviceaccount/account:Account'

const inspectors: Readonly<Record<string, Inspector>> = {
  [serviceAccount]: inspectServiceAccount,
  'gcp:projects/iAMCustomRole:IAMCustomRole': inspectCustomRole,
  'gcp:cloudrunv2/job:Job': inspectJob,
  'gcp:cloudscheduler/job:Job': inspectClockJob,
  'gcp:cloudfunctionsv2/function:Function': inspectGateway,
  'gcp:pubsub/subscription:Subscription': inspectSubscription,
  'gcp:logging/projectSink:ProjectSink': inspectSink,
}

/**
 * Compares what stands in Google Cloud with what was deployed, as Pulumi has kept it. Repairs come in an order in which each
 * finds what it needs: an account before what it may do. Throws a `GoogleFailure`.
 */
export async function compareDeployed(
  kept: readonly KeptResource[],
  account: GoogleAccount,
): Promise<{ readonly compared: number; readonly drift: readonly Drift[] }> {
  const looked = kept.filter(({ type }) => type in inspectors)
  const found: Inspected[] = []
  await eachOf(looked, async (one) => {
    const inspected = await inspectors[one.type]?.(one, account)
    if (inspected !== undefined) found.push(inspected)
  })
  const own = new Set(
    kept
      .filter(({ type }) => type === serviceAccount)
      .map(({ inputs }) => `serviceAccount:${textOf(inputs, 'accountId')}@${account.project}.iam.gserviceaccount.com`),
  )
  const rights = await inspectGrants(kept, own, account)
  const differing = found
    .filter(({ differences }) => differences.length > 0)
    .sort((a, b) => orderOf(a) - orderOf(b) || (a.resource < b.resource ? -1 : 1))
  return { compared: looked.length + kept.filter(isGrant).length, drift: [...differing, ...rights] }
}

const order = ['service account', 'role']

const orderOf = ({ resource }: Inspected): number => {
  const index = order.findIndex((kind) => resource.startsWith(`${kind} `))
  return index === -1 ? order.length : index
}
