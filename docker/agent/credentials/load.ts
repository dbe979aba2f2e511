import type { Handout } from '../../../core/plan/decisions.ts'
import type { Log } from '../../../core/scheduler/world.ts'
import {
  type Answer,
  type Credential,
  type CredentialSource,
  nameOf,
  type PlannedCredential,
  refused,
} from './credential.ts'
import { CredentialsError } from './credentials-error.ts'
import { readPatiently } from './read-patiently.ts'
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
  /** Milliseconds to wait at most for rights that were just given; by default as long as they take to count. */
  readonly longestWait?: number
  readonly signal: AbortSignal
  readonly log: Log
}

/**
 * The run's credentials, in the order the plan names them. The first source there is serves alone: the volume, if its
 * directory has entries or `AL_CREDENTIALS_DIR` names it; else `AL_SECRET_…` variables, if there are any; else the cloud's secret store, asked with the
 * container's own identity. A field that may be absent is left out; all others that are missing, or may not be read, are
 * named in one `CredentialsError`.
 */
export async function loadCredentials(options: LoadOptions): Promise<Credential[]> {
  const { secrets, directory, env, longestWait = Number.POSITIVE_INFINITY, signal, log } = options
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
  const answers = await readPatiently(secrets, { source, longestWait, signal, log })
  const needed = (what: Answer) => secrets.filter((secret, i) => answers[i] === what && !secret.optional)
  const [absent, forbidden] = [needed(undefined), needed(refused)]
  const problems = [
    ...(forbidden.length === 0 ? [] : [await whyForbidden(forbidden, source, signal)]),
    ...(absent.length === 0 ? [] : [whyAbsent(absent, source)]),
  ]
  if (problems.length > 0) throw new CredentialsError(problems.join('; '))
  log('info', `credentials loaded from ${source.name}`)
  return secrets.flatMap(({ type, instance, field, why }, i) => {
    const value = answers[i]
    return value === undefined || value === refused ? [] : [{ type, instance, field, why, value }]
  })
}

function whyAbsent(secrets: readonly PlannedCredential[], { place }: CredentialSource): string {
  const list = secrets.map((secret) => `${nameOf(secret)} (looked for ${place(secret)})`).join(', ')
  const references = [...new Set(secrets.map(({ type, instance }) => `${type}:${instance}`))].join(', ')
  return `missing ${credentials(secrets)}: ${list}; store ${references}, or stop using it in agent-config.toml`
}

/** What comes first is what a run's record has room for. */
async function whyForbidden(
  secrets: readonly PlannedCredential[],
  { place, rights }: CredentialSource,
  signal: AbortSignal,
): Promise<string> {
  const right = await rights?.missing(signal)
  return `may not read ${credentials(secrets)} ${secrets.map(nameOf).join(', ')}: \`al doctor -c\` says why; not stored, or ${right} is missing (looked for ${secrets.map(place).join(', ')})`
}

const credentials = ({ length }: readonly unknown[]): string => (length === 1 ? 'credential' : 'credentials')

const required = (secrets: readonly PlannedCredential[]) =>
  secrets
    .filter(({ optional }) => !optional)
    .map(nameOf)
    .join(', ')
