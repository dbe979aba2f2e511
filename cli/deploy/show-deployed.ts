import { join } from 'node:path'
import type { Plan } from '../../core/plan/schema.ts'
import type { Account } from '../../infra/aws/account.ts'
import type { Change } from '../../infra/aws/deploy/change.ts'
import { deployedStack } from '../../infra/aws/deployed.ts'
import { formatDuration } from '../ui/format.ts'
import type { Ui } from '../ui/ui.ts'

interface Deploying {
  readonly plan: Plan
  readonly account: Account
  readonly ui: Ui
  /** Epoch milliseconds. */
  readonly begun: number
}

/** Says what has become of a deploy: where webhooks go, and what to do next. `deployed: false` is a dry run. */
export async function showDeployed(
  { plan, account, begun, ui }: Deploying,
  change: Change,
  { deployed }: { deployed: boolean },
): Promise<void> {
  const { gatewayUrl } = (await deployedStack(plan, account)) ?? {}
  const urls = gatewayUrl === undefined ? [] : webhookUrls(plan, gatewayUrl)
  ui.emit({
    kind: 'data',
    data: {
      project: plan.project,
      environment: plan.environment,
      account: account.account,
      region: account.region,
      deployed,
      changed: change.any,
      change,
      ...(gatewayUrl !== undefined && { gatewayUrl, webhooks: urls }),
    },
  })
  ui.emit({ kind: 'text', text: '' })
  if (!deployed)
    return ui.emit({ kind: 'text', text: change.any ? 'nothing was deployed (--dry-run)' : 'nothing to deploy' })
  const took = formatDuration(Date.now() - begun)
  ui.emit({
    kind: 'text',
    text: change.any ? `deployed in ${took}` : 'nothing to deploy: the cloud is as the project says',
  })
  if (gatewayUrl !== undefined) ui.emit({ kind: 'text', text: `gateway: ${gatewayUrl}` })
  if (!change.any) return
  if (urls.length > 0) {
    ui.emit({ kind: 'heading', text: 'Webhooks: where each source is to deliver, with its secret' })
    ui.emit({
      kind: 'table',
      columns: ['source', 'provider', 'url'],
      rows: urls.map(({ source, provider, url }) => [source, provider, url]),
    })
  }
  const flags = plan.environment === 'default' ? '-c' : `-c -E ${plan.environment}`
  ui.emit({ kind: 'text', text: '' })
  ui.emit({
    kind: 'text',
    text: `next: al stat ${flags} shows what goes on, al run <agent> ${flags} starts one, al logs <agent> ${flags} -f follows it`,
  })
}

const webhookUrls = ({ webhooks }: Plan, gatewayUrl: string) =>
  webhooks.flatMap(({ source, provider, paths }) =>
    paths.map((path) => ({ source, provider, url: `${gatewayUrl}${join('/', path)}` })),
  )
