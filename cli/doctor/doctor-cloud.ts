import type { Plan } from '../../core/plan/schema.ts'
import { type CredentialStore, credentialStore, ensureGatewayKey } from '../../functions/local/credential-store.ts'
import {
  clearLeftover,
  type Leftover,
  leftoverSecrets,
  planSecrets,
  type SecretStep,
  takeSecretStep,
} from '../../infra/secrets/plan-secrets.ts'
import type { SecretStore } from '../../infra/secrets/secret-store.ts'
import { type CloudOptions, plannedFor } from '../deploy/cloud-plan.ts'
import { type Comparison, type OpenCloud, openCloud } from '../deploy/open-cloud.ts'
import { CloudError, exitCodes, UserError } from '../errors.ts'
import { asUserError } from '../program/plain-error.ts'
import { type Ask, asker } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'
import { showComparison, showSecrets } from './show-findings.ts'

export interface CloudDoctorOptions extends CloudOptions {
  /** Reports, and changes nothing. */
  readonly check?: boolean
  readonly yes?: boolean
  /** Removes secrets of this project and environment that nothing refers to. */
  readonly prune?: boolean
}

/** One change that the doctor would make. */
interface Change {
  readonly what: string
  make(): Promise<void>
}

/**
 * Brings secrets and deployed resources to what they should be: looks, shows, asks, does. Throws at the end, when all that
 * could be done is done: `credentials` for secrets that are nowhere, `cloud` for what is still not as it should be.
 */
export async function doctorCloud(options: CloudDoctorOptions, ui: Ui, ask: Ask = asker(options)): Promise<void> {
  const plan = plannedFor(options, ui)
  const cloud = await openCloud(plan)
  const store = cloud.secrets
  const local = credentialStore()
  ui.emit({ kind: 'heading', text: `${plan.project} (${plan.environment}) in ${cloud.where}` })
  const [steps, leftovers, comparison] = await Promise.all([
    planSecrets(plan, local, store),
    options.prune === true ? leftoverSecrets(plan, store) : [],
    cloud.compare(options.project),
  ])
  showSecrets(store.name, steps, leftovers, ui)
  showComparison(comparison, ui)
  const changes = [
    ...secretChanges(plan, steps, { local, store, ui }),
    ...leftovers.map(
      (leftover): Change => ({
        what: leftover.action === 'remove' ? `removed ${leftover.id}` : `left ${leftover.id} to others`,
        make: () => clearLeftover(plan, leftover, store),
      }),
    ),
    ...repairs(comparison),
  ]
  ui.emit({ kind: 'text', text: '' })
  const done = options.check === true ? [] : await apply(changes, cloud, ask, ui)
  ui.emit({ kind: 'data', data: report({ plan, cloud, steps, leftovers, comparison, done }) })
  conclude({ options, steps, comparison, left: changes.length - done.length, ui })
}

/** What is put back is as it was deployed when it was compared: after another deploy that would undo it. */
function repairs({ drift, changedSince }: Comparison): Change[] {
  let looked: Promise<readonly string[]> | undefined
  const ofNow = async () => {
    looked ??= changedSince()
    const changed = await looked
    if (changed.length > 0)
      throw new CloudError(`${changed.join(', ')} was deployed meanwhile; run \`al doctor -c\` again`)
  }
  return drift.flatMap(({ resource, repair }) =>
    repair === undefined ? [] : [{ what: `put back ${resource}`, make: () => ofNow().then(repair) }],
  )
}

const verbs = { push: 'pushed', make: 'made', share: 'marked' } as const

function secretChanges(
  plan: Plan,
  steps: readonly SecretStep[],
  { local, store, ui }: { local: CredentialStore; store: SecretStore; ui: Ui },
): Change[] {
  const makeKey = async () => {
    const { key, made } = await ensureGatewayKey(local)
    if (made) ui.emit({ kind: 'note', text: "made the gateway's key, and kept it on this machine" })
    return key
  }
  return steps.flatMap((step): Change[] => {
    const { action, secret } = step
    if (action === 'keep' || action === 'missing') return []
    const make = () => takeSecretStep(plan, step, { local, store, makeKey })
    return [{ what: `${verbs[action]} ${secret.id}`, make }]
  })
}

/** Asks once, then makes all changes: one that fails does not keep the others from being made. Returns what was done. */
async function apply(changes: readonly Change[], { where }: OpenCloud, ask: Ask, ui: Ui): Promise<string[]> {
  if (changes.length === 0) return []
  const many = changes.length === 1 ? 'Make this change' : `Make these ${changes.length} changes`
  const text = `${many} in ${where}?`
  if (!(await ask.confirm({ text, flag: '--yes, or look only, with --check', initial: false }))) return []
  const done: string[] = []
  for (const { what, make } of changes) {
    try {
      await make()
      done.push(what)
      ui.emit({ kind: 'text', text: what })
    } catch (error) {
      const failure = (await asUserError(error)) ?? error
      ui.emit({ kind: 'error', text: `not ${what}: ${failure instanceof Error ? failure.message : failure}` })
    }
  }
  return done
}

interface Outcome {
  readonly plan: Plan
  readonly cloud: OpenCloud
  readonly steps: readonly SecretStep[]
  readonly leftovers: readonly Leftover[]
  readonly comparison: Comparison
  readonly done: readonly string[]
}

function report({ plan, cloud, steps, leftovers, comparison, done }: Outcome) {
  const { deployed, busy, drift, waiting } = comparison
  return {
    project: plan.project,
    environment: plan.environment,
    ...cloud.place,
    secretStore: plan.target.secretStore,
    secrets: steps.map(({ secret: { id, type, instance, field }, by, action, why }) => ({
      ...{ id, type, instance, field, by, action, why },
    })),
    leftovers,
    deployed,
    busy,
    drift: drift.map(({ resource, differences, repair, advice }) => ({
      ...{ resource, differences, repairable: repair !== undefined },
      ...(advice !== undefined && { advice }),
    })),
    waiting,
    done,
  }
}

interface Conclusion {
  readonly options: CloudDoctorOptions
  readonly steps: readonly SecretStep[]
  readonly comparison: Comparison
  /** Changes that were not made. */
  readonly left: number
  readonly ui: Ui
}

function conclude({ options, steps, comparison, left, ui }: Conclusion): void {
  const missing = steps.filter(({ action }) => action === 'missing')
  if (missing.length > 0) {
    const count = missing.length === 1 ? 'a credential is' : `${missing.length} credentials are`
    const lines = missing.map(({ secret: { type, instance, field }, by }) => {
      return `  ${instance === 'default' ? type : `${type}:${instance}`} ${field}, for ${by.join(', ')}`
    })
    const text = `${count} neither on this machine nor in the cloud: \`al doctor\` says where to write each`
    throw new UserError(`${text}\n${lines.join('\n')}`, exitCodes.credentials)
  }
  const unrepairable = comparison.drift.filter(({ repair }) => repair === undefined).length
  const open = left + unrepairable
  if (comparison.busy.length > 0) throw new UserError('a deploy is running: try again when it is over', exitCodes.cloud)
  if (open > 0) {
    const count = open === 1 ? 'one thing is not as it should be' : `${open} things are not as they should be`
    const todo = options.check === true && left > 0 ? ': `al doctor -c` puts right what it can' : ''
    throw new UserError(`${count}${todo}`, exitCodes.cloud)
  }
  ui.emit({
    kind: 'text',
    text: comparison.deployed ? 'everything is as it should be' : 'secrets are as they should be; next, `al deploy`',
  })
}
