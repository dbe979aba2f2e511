import { setTimeout as sleep } from 'node:timers/promises'
import { openAccount } from '../../infra/aws/account.ts'
import { deleteTable, hasTable, unprotectTable } from '../../infra/aws/deploy/kept.ts'
import { stackWork } from '../../infra/aws/deploy/stack-work.ts'
import { standingStacks } from '../../infra/aws/deploy/standing.ts'
import { placesIn } from '../../infra/aws/deploy/template.ts'
import type { Destruction } from '../commands/destroy.ts'
import { throughGateway } from '../deploy/deployed-gateway.ts'
import { clearSecrets, secretsInUse } from '../deploy/remove-secrets.ts'
import { stopRuns } from '../deploy/stop-runs.ts'
import { exitCodes, UserError } from '../errors.ts'
import { explained } from './explained.ts'
import { openAws } from './open-cloud.ts'
import { removeOldImages } from './publish-images.ts'
import { waitForOthers } from './recover.ts'
import { namesIn, showProgress } from './show-progress.ts'

/** Removes the stacks of a project and environment; the table and the secrets, too, if all is to go. */
export async function destroyAws({ options, plan, interruption, ui, confirmed }: Destruction): Promise<void> {
  const all = options.all === true
  const account = await interruption.unless(openAccount(plan.target))
  const cloud = await openAws(plan, account)
  const standing = await interruption.unless(standingStacks(plan, account))
  const { table } = plan.names
  const [isTable, secrets] = all
    ? await interruption.unless(Promise.all([hasTable(table, account), secretsInUse(plan, cloud.secrets)]))
    : [false, { own: [], shared: [] }]
  ui.emit({ kind: 'heading', text: `${plan.project} (${plan.environment}) in ${cloud.where}` })
  if (standing.size === 0 && !isTable && secrets.own.length === 0) {
    ui.emit({ kind: 'data', data: { removed: [], table: false, secrets: [] } })
    return ui.emit({ kind: 'text', text: 'nothing to remove' })
  }

  // Agents' stacks first: their schedules are members of a group of the control stack.
  const stacks = [...standing.keys()].sort((a, b) => b.length - a.length || (a < b ? 1 : -1))
  const things = [
    ...stacks.map((stack) => `stack ${stack}`),
    ...(isTable ? [`table ${table}, with the state of all runs, queues and locks`] : []),
    ...secrets.own.map(({ id }) => `secret ${id}`),
  ]
  ui.emit({ kind: 'lines', lines: things.map((text) => [{ text: '- ', style: 'red' }, { text }]) })
  for (const { id, why } of secrets.shared) ui.emit({ kind: 'note', text: `kept: secret ${id} (${why})` })
  if (!all)
    ui.emit({ kind: 'text', dim: true, text: `kept: table ${table}, and all secrets (--all removes them, too)` })
  if (plan.webhooks.length > 0 && standing.has(plan.names.stack))
    ui.emit({ kind: 'text', dim: true, text: 'after a later deploy webhooks will have other addresses' })

  if (!(await confirmed())) throw new UserError('nothing was removed', exitCodes.failure)

  const templates = new Map([...standing].map(([name, { template }]) => [name, template ?? {}]))
  const nameOf = namesIn(placesIn, templates)
  const work = stackWork(account, showProgress(plan, nameOf, ui), { signal: interruption.signal })
  interruption.stage('nothing was removed')
  const states = new Map([...standing].map(([name, { status }]) => [name, status]))
  await interruption.unless(waitForOthers(states, work, ui))
  const pause = (ms: number) => sleep(ms, undefined, { signal: interruption.signal })
  await throughGateway({ options, cloud, interruption, ui }, 'runs are not stopped', (gateway) =>
    interruption.unless(stopRuns({ gateway, ui, pause })),
  )
  if (isTable) await interruption.unless(unprotectTable(table, account))
  const agents = stacks.filter((stack) => stack !== plan.names.stack)
  interruption.stage('what was begun is removed; `al destroy` removes the rest')
  await interruption.unless(explained(nameOf, () => Promise.all(agents.map((stack) => work.remove(stack)))))
  if (standing.has(plan.names.stack)) {
    await interruption.unless(explained(nameOf, () => work.remove(plan.names.stack)))
  }
  // Who comes back in some days finds the images of the last ones.
  if (stacks.length > 0) await interruption.unless(removeOldImages(plan, account, new Map(), ui, all ? 0 : undefined))
  if (isTable) await interruption.unless(deleteTable(table, account))
  if (all) await interruption.unless(clearSecrets(plan, cloud.secrets, secrets))
  ui.emit({ kind: 'data', data: { removed: stacks, table: isTable, secrets: secrets.own.map(({ id }) => id) } })
  ui.emit({ kind: 'text', text: '' })
  ui.emit({ kind: 'text', text: 'removed' })
}
