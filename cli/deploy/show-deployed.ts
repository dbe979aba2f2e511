import { join } from 'node:path'
import { formatDuration } from '../../core/format.ts'
import type { Plan } from '../../core/plan/schema.ts'
import type { Ui } from '../ui/ui.ts'
import type { CloudOptions } from './cloud-plan.ts'
import type { OpenCloud } from './open-cloud.ts'

interface Deploying {
  readonly options: CloudOptions
  readonly plan: Plan
  readonly cloud: Pick<OpenCloud, 'deployed' | 'place'>
  readonly ui: Ui
  /** Epoch milliseconds. */
  readonly begun: number
}

/** Shows the result of a deploy: the addresses of webhooks, and what to do next. `deployed: false` is a dry run. */
export async function showDeployed(
  { options, plan, cloud, begun, ui }: Deploying,
  /** For scripts, the change as the cloud's own command shows it. */
  change: { readonly any: boolean },
  { deployed }: { deployed: boolean },
): Promise<void> {
  const { gatewayUrl } = (await cloud.deployed()) ?? {}
  const urls = gatewayUrl === undefined ? [] : webhookUrls(plan, gatewayUrl)
  ui.emit({
    kind: 'data',
    data: {
      project: plan.project,
      environment: plan.environment,
      ...cloud.place,
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
    text: change.any ? `deployed in ${took}` : 'nothing to deploy: the cloud matches the project',
  })
  if (gatewayUrl !== undefined) ui.emit({ kind: 'text', text: `gateway: ${gatewayUrl}` })
  if (!change.any) return
  if (urls.length > 0) showWebhooks(plan, urls, ui)
  showNext(plan, options, ui)
}

type Url = ReturnType<typeof webhookUrls>[number]

function showWebhooks(plan: Plan, urls: readonly Url[], ui: Ui): void {
  ui.emit({
    kind: 'heading',
    text: 'Webhooks: enter each address where its events come from, with the secret it is signed by',
  })
  ui.emit({
    kind: 'table',
    columns: ['source', 'provider', 'url', 'secret'],
    rows: plan.webhooks.map(({ source, provider, secret }) => [
      source,
      provider,
      // A source has more addresses, for those that were entered with an older version.
      urls.find((one) => one.source === source)?.url ?? '',
      credentialOf(plan, secret),
    ]),
  })
}

/** The credential that a source's events are signed by, as the project names it: `github_webhook_secret:acme`. */
function credentialOf({ gateway }: Plan, id: string | undefined): string {
  if (id === undefined) return 'none: anybody may send'
  const found = gateway.secrets.find((secret) => secret.id === id)
  return found === undefined ? id : `${found.type}:${found.instance}`
}

function showNext({ agents }: Plan, { project, env }: CloudOptions, ui: Ui): void {
  const same = `-c${project === '.' ? '' : ` -p ${project}`}${env === undefined ? '' : ` -E ${env}`}`
  const agent = agents.find(({ compute }) => compute !== 'off')?.name ?? '<agent>'
  const next = [
    [`al stat ${same}`, 'what runs, waits and comes next'],
    [`al run ${agent} ${same}`, 'a run now, with its log'],
    [`al logs ${agent} -f ${same}`, 'its log, as it grows'],
  ] as const
  const width = Math.max(...next.map(([command]) => command.length))
  ui.emit({ kind: 'heading', text: 'Next' })
  ui.emit({
    kind: 'lines',
    lines: next.map(([command, what]) => [{ text: `  ${command.padEnd(width)}` }, { text: `  ${what}`, style: 'dim' }]),
  })
}

const webhookUrls = ({ webhooks }: Plan, gatewayUrl: string) =>
  webhooks.flatMap(({ source, provider, paths }) =>
    paths.map((path) => ({ source, provider, url: `${gatewayUrl}${join('/', path)}` })),
  )
