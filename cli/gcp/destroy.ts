import { setTimeout as sleep } from 'node:timers/promises'
import { formatCount } from '../../core/format.ts'
import { deleteDatabase, hasDatabase } from '../../infra/gcp/deploy/kept-database.ts'
import { openStack } from '../../infra/gcp/deploy/stack.ts'
import type { Destruction } from '../commands/destroy.ts'
import { throughGateway } from '../deploy/deployed-gateway.ts'
import { clearSecrets, secretsInUse } from '../deploy/remove-secrets.ts'
import { stopRuns } from '../deploy/stop-runs.ts'
import { exitCodes, UserError } from '../errors.ts'
import { adoptions } from './adoptions.ts'
import { freeStaleLocks } from './free-lock.ts'
import { noteLock } from './note-lock.ts'
import { openGoogleCloud } from './open-cloud.ts'
import { openSite } from './open-site.ts'
import { explained, showProgress } from './show-progress.ts'

/** Removes the stack of a project and environment; the database and the secrets, too, if all is to go. */
export async function destroyGoogle(destruction: Destruction): Promise<void> {
  const { options, plan, interruption, ui, ask, confirmed } = destruction
  const all = options.all === true
  const site = await interruption.unless(openSite(plan, options.project))
  const { account, backend, place, cli } = site
  const cloud = await openGoogleCloud(plan, account)
  const stack = await openStack({
    cli,
    place,
    ...(backend.hasStack && { backend: backend.url }),
    environment: process.env,
    variables: { GOOGLE_PROJECT: account.project, GOOGLE_REGION: account.region },
    program: async () => ({}),
    onHeld: noteLock(backend.files, place),
  })
  try {
    const { resources, pending } = await interruption.unless(stack.state())
    const standing = resources.filter(({ type }) => type.startsWith('gcp:'))
    const database = plan.google?.state.database ?? plan.names.table
    const [isDatabase, secrets] = all
      ? await interruption.unless(Promise.all([hasDatabase(plan, account), secretsInUse(plan, cloud.secrets)]))
      : [false, { own: [], shared: [] }]
    ui.emit({ kind: 'heading', text: `${plan.project} (${plan.environment}) in ${cloud.where}` })
    if (!stack.exists && !isDatabase && secrets.own.length === 0) {
      ui.emit({ kind: 'data', data: { removed: [], database: false, secrets: [] } })
      return ui.emit({ kind: 'text', text: 'nothing to remove' })
    }
    const things = [
      ...(stack.exists ? [`stack ${place.project}/${place.stack}: ${formatCount(standing.length, 'resource')}`] : []),
      ...(isDatabase ? [`database ${database}, with the state of all runs, queues and locks`] : []),
      ...secrets.own.map(({ id }) => `secret ${id}`),
    ]
    ui.emit({ kind: 'lines', lines: things.map((text) => [{ text: '- ', style: 'red' }, { text }]) })
    const known = new Set(resources.map(({ urn }) => urn))
    const begun = pending.flatMap(({ resource }) => (known.has(resource.urn) ? [] : [resource]))
    for (const { id } of adoptions(begun, account)) {
      const text = `an earlier deploy was cut off while it made ${id}: if it is there, it stays; \`al deploy\` takes it in, and \`al destroy\` after that removes it`
      ui.emit({ kind: 'warning', text })
    }
    for (const { id, why } of secrets.shared) ui.emit({ kind: 'note', text: `kept: secret ${id} (${why})` })
    if (!all)
      ui.emit({
        kind: 'text',
        dim: true,
        text: `kept: database ${database}, and all secrets (--all removes them, too)`,
      })
    if (!(await confirmed())) throw new UserError('nothing was removed', exitCodes.failure)

    interruption.stage('nothing was removed')
    if (stack.exists) await freeStaleLocks({ place, url: backend.url, files: backend.files, ask, ui })
    const pause = (ms: number) => sleep(ms, undefined, { signal: interruption.signal })
    await throughGateway({ options, cloud, interruption, ui }, 'runs are not stopped', (gateway) =>
      interruption.unless(stopRuns({ gateway, ui, pause })),
    )
    interruption.stage(onwards)
    const { signal } = interruption
    await explained(onwards, () => stack.destroy({ signal, onEvent: showProgress(ui, standing.length) }))
    if (isDatabase) {
      interruption.stage(onwards)
      await deleteDatabase(plan, account, signal)
      ui.emit({ kind: 'note', text: `database ${database} removed` })
    }
    if (all) await clearSecrets(plan, cloud.secrets, secrets)
    const isEmpty = backend.url.startsWith('gs://') && !(await backend.files.hasStacks())
    if (isEmpty) {
      ui.emit({
        kind: 'note',
        text: `${backend.url} has no other stack: it costs next to nothing, and the next deploy uses it`,
      })
    }
    ui.emit({
      kind: 'data',
      data: {
        removed: stack.exists ? [`${place.project}/${place.stack}`] : [],
        database: isDatabase,
        secrets: secrets.own.map(({ id }) => id),
      },
    })
    ui.emit({ kind: 'text', text: `removed ${plan.project} (${plan.environment})` })
  } finally {
    await stack.close()
  }
}

const onwards = 'what was begun is removed; `al destroy` removes the rest'
