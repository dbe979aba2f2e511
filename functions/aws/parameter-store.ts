import type { Log } from '../../core/scheduler/world.ts'
import type { ReadSecret } from '../cloud/secret-cache.ts'
import { asAnswer } from '../launchers/aws-requests.ts'

/**
 * Parameter Store: secure strings, decrypted. Its client is loaded when the first secret is read; tries and times as for
 * Secrets Manager. One that may not be read counts as not stored, and is logged.
 */
export function parameterStore(log: Log): ReadSecret {
  let connected: ReturnType<typeof connect> | undefined
  return async (id) => {
    connected ??= connect()
    const { client, GetParametersCommand } = await connected
    let value: string | undefined
    let error = 'ParameterNotFound'
    try {
      const answer = await client.send(new GetParametersCommand({ Names: [id], WithDecryption: true }))
      value = answer.Parameters?.[0]?.Value
    } catch (refusal) {
      error = asAnswer(refusal).name
      if (error !== 'AccessDeniedException') throw refusal
    }
    if (value === undefined) log('warn', 'a secret is not stored, or may not be read', { secret: id, error })
    return value
  }
}

async function connect() {
  const { GetParametersCommand, SSMClient } = await import('@aws-sdk/client-ssm')
  const requestHandler = { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true }
  return { client: new SSMClient({ maxAttempts: 3, requestHandler }), GetParametersCommand }
}
