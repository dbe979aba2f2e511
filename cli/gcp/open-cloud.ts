import type { Plan } from '../../core/plan/schema.ts'
import { type GoogleAccount, openGoogleAccount, placeOf } from '../../infra/gcp/account.ts'
import { deployedService } from '../../infra/gcp/deployed.ts'
import { logEvents } from '../../infra/gcp/logs.ts'
import { secretManager } from '../../infra/gcp/secrets/secret-manager.ts'
import type { OpenCloud } from '../deploy/open-cloud.ts'
import { cloudLogs } from '../gateway/cloud-logs.ts'
import { cloudLogging } from './cloud-logs.ts'

/** Google Cloud, by the application default credentials; `account` where it is open already. Throws a `GoogleFailure`. */
export async function openGoogleCloud(plan: Plan, account?: GoogleAccount): Promise<OpenCloud> {
  const opened = account ?? (await openGoogleAccount(placeOf(plan)))
  return {
    where: `project ${opened.project}, ${opened.region}`,
    place: { account: opened.project, region: opened.region },
    secrets: secretManager(opened),
    deployed: () => deployedService(plan, opened),
    logs: (gateway) => cloudLogs({ log: cloudLogging(plan, logEvents(opened)), gateway, now: Date.now }),
    compare: async (directory) => (await import('./compare.ts')).compareWithState(plan, directory, opened),
  }
}
