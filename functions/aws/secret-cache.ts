import type { Log } from '../../core/scheduler/world.ts'
import { asAnswer } from '../launchers/aws-requests.ts'

/** The value of a secret by its id; nothing if it is not stored. Throws when it could not be asked for. */
export type ReadSecret = (id: string) => Promise<string | undefined>

/** Milliseconds that a value is used for, and that lie at least between two reads of a secret. */
const freshFor = 5 * 60_000
const restBetweenReads = 10_000

/**
 * Secrets Manager. Its client is loaded when the first secret is read. Three tries of 3 s: a webhook's sender waits for ten
 * seconds. A secret that is marked for deletion counts as not stored.
 *
 * So does one that may not be read: of a secret that is not there, IAM is asked about an ARN without the six characters at
 * its end, which no policy of ours allows, and the answer is "access denied" and not "not found". It is logged.
 */
export function secretsManager(log: Log): ReadSecret {
  let connected: ReturnType<typeof connect> | undefined
  return async (id) => {
    connected ??= connect()
    const { client, GetSecretValueCommand } = await connected
    try {
      return (await client.send(new GetSecretValueCommand({ SecretId: id }))).SecretString
    } catch (error) {
      const { name } = asAnswer(error)
      if (!isMissing(error)) throw error
      log('warn', 'a secret is not stored, or may not be read', { secret: id, error: name })
      return undefined
    }
  }
}

async function connect() {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager')
  const requestHandler = { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true }
  return { client: new SecretsManagerClient({ maxAttempts: 3, requestHandler }), GetSecretValueCommand }
}

function isMissing(error: unknown): boolean {
  const { name, message } = asAnswer(error)
  if (name === 'InvalidRequestException') return /marked for deletion/i.test(message)
  return name === 'ResourceNotFoundException' || name === 'AccessDeniedException'
}

interface Entry {
  readonly at: number
  readonly value: Promise<string | undefined>
}

/**
 * Keeps values in memory for five minutes, so that a burst of webhooks is not a burst of reads. `refresh` is for a
 * signature that does not match, since the secret may have been rotated: it reads again, at most every ten seconds, so
 * that whoever sends wrong signatures cannot make us ask for more. What could not be read is not kept.
 */
export function cached(
  read: ReadSecret,
  now: () => number,
): { readonly read: ReadSecret; readonly refresh: ReadSecret } {
  const entries = new Map<string, Entry>()
  const within = async (id: string, age: number): Promise<string | undefined> => {
    const known = entries.get(id)
    if (known !== undefined && now() - known.at < age) return await known.value
    const entry: Entry = { at: now(), value: read(id) }
    entries.set(id, entry)
    try {
      return await entry.value
    } catch (error) {
      if (entries.get(id) === entry) entries.delete(id)
      throw error
    }
  }
  return { read: (id) => within(id, freshFor), refresh: (id) => within(id, restBetweenReads) }
}
