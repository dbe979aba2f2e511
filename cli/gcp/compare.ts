import type { Plan } from '../../core/plan/schema.ts'
import { credentialStore } from '../../functions/local/credential-store.ts'
import type { GoogleAccount } from '../../infra/gcp/account.ts'
import { type KeptResource, stateFiles } from '../../infra/gcp/deploy/state-files.ts'
import { compareDeployed } from '../../infra/gcp/doctor/compare-deployed.ts'
import { waitingIn } from '../../infra/gcp/doctor/waiting.ts'
import { secretManager } from '../../infra/gcp/secrets/secret-manager.ts'
import { stackPlace } from '../../infra/gcp/stack-place.ts'
import type { Comparison } from '../deploy/open-cloud.ts'

/** Compares what stands in Google Cloud with what Pulumi has kept of the last deploy; Pulumi itself is not needed. */
export async function compareWithState(plan: Plan, directory: string, account: GoogleAccount): Promise<Comparison> {
  const place = stackPlace(plan)
  const files = stateFiles(process.env.AL_PULUMI_BACKEND || `gs://${place.bucket}`, account)
  const [kept, locks] = await Promise.all([files.resources(place), files.locks(place)])
  const nothing = { compared: 0, drift: [], waiting: [], changedSince: async () => [] }
  const [store, local] = [secretManager(account), credentialStore()]
  if (locks.length > 0) return { ...nothing, deployed: true, busy: [`${plan.project} (${plan.environment})`] }
  if (kept === undefined || !kept.some(isOfCloud)) return { ...nothing, deployed: false, busy: [] }
  return {
    deployed: true,
    busy: [],
    ...(await compareDeployed(kept, account)),
    waiting: await waitingIn(kept, plan, directory, async (secret) => {
      // What this machine has, the doctor is about to store.
      return (await local.read(secret)) !== undefined || (await store.describe(secret.id)) !== undefined
    }),
    async changedSince() {
      const [now, others] = await Promise.all([files.resources(place), files.locks(place)])
      const same = others.length === 0 && JSON.stringify(now) === JSON.stringify(kept)
      return same ? [] : [`${plan.project} (${plan.environment})`]
    },
  }
}

const isOfCloud = ({ type }: KeptResource): boolean => type.startsWith('gcp:')
