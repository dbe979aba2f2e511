import type { Handout } from '../../../core/plan/decisions.ts'
import type { Log } from '../../../core/scheduler/world.ts'
import { type Credential, type CredentialSource, nameOf, type PlannedCredential } from './credential.ts'
import { CredentialsError } from './credentials-error.ts'
import { secretStore } from './secret-store.ts'
import { variables } from './variables.ts'
import { volume } from './volume.ts'

export interface LoadOptions {
  /** What the run may have. Nothing else is read, whatever lies there. */
  readonly secrets: Handout['secrets']
  /** Where a volume is mounted: `<directory>/<type>/<instance>/<field>`. */
  readonly directory: string
  /** The process's own environment: `AL_SECRET_…`, and what tells which cloud this is. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Which of the cloud's stores has them; the usual one if absent. */
  readonly secretStore?: Handout['secretStore']
  readonly signal: AbortSignal
  readonly log: Log
}

/** Reads at once. A store's quota is shared by every run that starts in the same minute. */
const atOnce = 8

/**
 * The run's credentials, in the order the plan names them. The first source there is serves alone: the volume, if its
 * directory has entries or `AL_CREDENTIALS_DIR` names it; else `AL_SECRET_…` variables, if there are any; else the cloud's secret store, asked with the
 * container's own identity. A field that may be absent is left out; all others that are missing are named in one
 * `CredentialsError`.
 */
export async function loadCredentials(options: LoadOptions): Promise<Credential[]> {
  const { secrets, directory, env, signal, log } = options
  if (secrets.length === 0) return []
  const source =
    (await volume(directory, Boolean(env.AL_CREDENTIALS_DIR))) ??
    variables(env) ??
    secretStore(env, options.secretStore)
  if (source === undefined) {
    if (secrets.every(({ optional }) => optional)) return []
    throw new CredentialsError(
      `no credentials are here: ${directory} has none, no variable AL_SECRET_<type>__<instance>__<field> is set, and this is neither AWS nor Google Cloud; the run needs ${required(secrets)}`,
    )
  }
  const values = await readAll(secrets, source, signal)
  const missing = secrets.filter((secret, i) => values[i] === undefined && !secret.optional)
  if (missing.length > 0) {
    const list = missing.map((secret) => `${nameOf(secret)} (looked for ${source.place(secret)})`).join(', ')
    const references = [...new Set(missing.map(({ type, instance }) => `${type}:${instance}`))].join(', ')
    throw new CredentialsError(
      `missing ${missing.length === 1 ? 'credential' : 'credentials'}: ${list}; store ${references}, or stop using it in agent-config.toml`,
    )
  }
  log('info', `credentials loaded from ${source.name}`)
  return secrets.flatMap(({ type, instance, field, why }, i) => {
    const value = values[i]
    return value === undefined ? [] : [{ type, instance, field, why, value }]
  })
}

const required = (secrets: readonly PlannedCredential[]) =>
  secrets
    .filter(({ optional }) => !optional)
    .map(nameOf)
    .join(', ')

async function readAll(secrets: readonly PlannedCredential[], source: CredentialSource, signal: AbortSignal) {
  const values: (string | undefined)[] = []
  const waiting = [...secrets.entries()]
  const reader = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      signal.throwIfAborted()
      const [i, secret] = next
      values[i] = checked(secret, await source.read(secret, signal))
    }
  }
  // The first failure decides; the others' reads end by themselves, since nothing is left for them to take.
  await Promise.all(Array.from({ length: atOnce }, reader)).catch((error: unknown) => {
    waiting.length = 0
    throw error
  })
  return values
}

/** What is stored as blanks only counts as not stored. */
function checked(secret: PlannedCredential, text: string | undefined): string | undefined {
  const value = text?.trim()
  if (value?.includes('\0')) throw new CredentialsError(`${nameOf(secret)} has a zero byte in it: store it again`)
  return value || undefined
}
