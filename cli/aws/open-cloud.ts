import type { Plan } from '../../core/plan/schema.ts'
import { type Account, openAccount } from '../../infra/aws/account.ts'
import { deployedStack } from '../../infra/aws/deployed.ts'
import { logEvents } from '../../infra/aws/logs.ts'
import { secretStore } from '../../infra/aws/secret-store.ts'
import type { OpenCloud } from '../deploy/open-cloud.ts'
import { cloudLogs } from '../gateway/cloud-logs.ts'
import { cloudWatch } from './cloud-logs.ts'

/** AWS, by the default credential chain; `account` where it is open already. Throws an `AwsFailure`. */
export async function openAws(plan: Plan, account?: Account): Promise<OpenCloud> {
  const opened = account ?? (await openAccount(plan.target))
  return {
    where: `account ${opened.account}, ${opened.region}`,
    place: { account: opened.account, region: opened.region },
    secrets: await secretStore(plan.target.secretStore, opened),
    async deployed() {
      const stack = await deployedStack(plan, opened)
      return (
        stack && {
          state: `stack ${plan.names.stack} is ${stack.status}`,
          ...(stack.gatewayUrl !== undefined && { gatewayUrl: stack.gatewayUrl }),
        }
      )
    },
    logs: (gateway) => cloudLogs({ log: cloudWatch(plan, logEvents(opened)), gateway, now: Date.now }),
    compare: async (directory) => (await import('./compare.ts')).compareWithStacks(plan, directory, opened),
  }
}
