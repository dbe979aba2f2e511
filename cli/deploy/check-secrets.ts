import { formatCount } from '../../core/format.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { type CredentialStore, credentialStore, ensureGatewayKey } from '../../functions/local/credential-store.ts'
import { planSecrets, type SecretStep, takeSecretStep } from '../../infra/secrets/plan-secrets.ts'
import type { SecretStore } from '../../infra/secrets/secret-store.ts'
import { addCommand } from '../creds/add-command.ts'
import { exitCodes, UserError } from '../errors.ts'
import type { Ui } from '../ui/ui.ts'

export interface SecretsCheck {
  /** How many the cloud does not have. */
  readonly absent: number
  /** Ids of optional ones that are nowhere: agents do without. */
  readonly leftOut: ReadonlySet<string>
  /** Brings them there, and marks those that others have brought as used here, too. */
  push(): Promise<void>
}

/**
 * Checks that the cloud has the secrets that agents and webhook sources need. Throws an error that names all that are
 * neither there nor on this machine. What differs is left to `al doctor -c`: a deploy of somebody else's machine must not
 * undo it.
 */
export async function checkSecrets(
  plan: Plan,
  store: SecretStore,
  ui: Ui,
  local: CredentialStore = credentialStore(),
): Promise<SecretsCheck> {
  const steps = await planSecrets(plan, local, store)
  const missing = steps.filter(({ action }) => action === 'missing')
  if (missing.length > 0) throw new UserError(missingText(missing, store), exitCodes.credentials)
  const absent = steps.filter(({ action, stored }) => (action === 'push' || action === 'make') && !stored)
  const different = steps.filter(({ action, stored }) => action === 'push' && stored)
  for (const { secret } of different) {
    ui.emit({ kind: 'note', text: `${secret.id} has another value here than in the cloud; \`al doctor -c\` pushes it` })
  }
  if (absent.length > 0) showAbsent(absent, store, ui)
  const shared = steps.filter(({ action }) => action === 'share')
  const makeKey = async () => (await ensureGatewayKey(local)).key
  return {
    absent: absent.length,
    leftOut: leftOut(steps),
    async push() {
      for (const step of [...absent, ...shared]) await takeSecretStep(plan, step, { local, store, makeKey })
      if (absent.length === 0) return
      ui.emit({ kind: 'note', text: `${formatCount(absent.length, 'secret')} written to ${store.name}` })
    },
  }
}

/** Ids of optional secrets that neither the cloud nor this machine has. */
export const leftOut = (steps: readonly SecretStep[]): ReadonlySet<string> =>
  new Set(steps.filter(({ action, stored }) => action === 'keep' && !stored).map(({ secret }) => secret.id))

function showAbsent(absent: readonly SecretStep[], store: SecretStore, ui: Ui): void {
  ui.emit({ kind: 'heading', text: `Secrets that ${store.name} does not have yet` })
  ui.emit({
    kind: 'lines',
    lines: absent.map(({ secret, action }) => [
      { text: '+ ', style: 'green' },
      { text: secret.id },
      { text: action === 'make' ? '  (made now)' : '  (from this machine)', style: 'dim' },
    ]),
  })
}

function missingText(missing: readonly SecretStep[], store: SecretStore): string {
  const count = missing.length === 1 ? 'a secret is' : `${missing.length} secrets are`
  const lines = missing.map(({ secret }) => `  ${secret.id}: \`${addCommand(secret)}\``)
  return `${count} neither in ${store.name} nor on this machine; store each one here, and it is pushed\n${lines.join('\n')}`
}
