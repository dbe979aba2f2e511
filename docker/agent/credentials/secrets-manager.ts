import { awsRights } from './aws-rights.ts'
import { type CredentialSource, refused } from './credential.ts'
import { CredentialsError } from './credentials-error.ts'

/**
 * AWS Secrets Manager, asked with the container's role. Its client is loaded when the first secret is read.
 *
 * Of a secret that does not exist, IAM is asked about an ARN without the six characters at its end, which no policy of ours
 * allows: the answer is "access denied" and not "not found", as for one that may not be read. One that is marked for
 * deletion counts as not there.
 */
export function secretsManager(env: Readonly<Record<string, string | undefined>>): CredentialSource {
  let connected: ReturnType<typeof connect> | undefined
  return {
    name: 'AWS Secrets Manager',
    place: ({ id }) => `${id} in AWS Secrets Manager`,
    rights: awsRights('secretsmanager:GetSecretValue'),
    async read({ id }, signal) {
      connected ??= connect(env)
      const { client, GetSecretValueCommand } = await connected
      try {
        const answer = await client.send(new GetSecretValueCommand({ SecretId: id }), { abortSignal: signal })
        return answer.SecretString ?? (answer.SecretBinary && Buffer.from(answer.SecretBinary).toString())
      } catch (error) {
        signal.throwIfAborted()
        const { name, message } = error instanceof Error ? error : { name: 'Error', message: 'unknown' }
        if (name === 'AccessDeniedException') return refused
        if (isMissing(name, message)) return undefined
        throw new CredentialsError(`secret ${id} could not be read from AWS Secrets Manager: ${name}: ${message}`)
      }
    },
  }
}

async function connect(env: Readonly<Record<string, string | undefined>>) {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager')
  const client = new SecretsManagerClient({
    endpoint: env.AWS_ENDPOINT_URL_SECRETS_MANAGER || env.AWS_ENDPOINT_URL || undefined,
    region: env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined,
    // A minute full of starts is throttled; the run has time to wait for its turn.
    maxAttempts: 8,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  })
  return { client, GetSecretValueCommand }
}

const isMissing = (name: string, message: string) =>
  name === 'ResourceNotFoundException' ||
  (name === 'InvalidRequestException' && /marked (for deletion|deleted)/i.test(message))
