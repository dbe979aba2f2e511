import type { Log } from '../../core/scheduler/world.ts'
import type { ReadSecret } from '../cloud/secret-cache.ts'
import { asAnswer } from '../launchers/aws-requests.ts'

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
