import { awsRights } from './aws-rights.ts'
import { type CredentialSource, refused } from './credential.ts'
import { CredentialsError } from './credentials-error.ts'

/** Names in a request: the most that the service takes. */
const mostNames = 10

/** Values by id; those that are not there are left out. */
type Found = ReadonlyMap<string, string | typeof refused>

type Env = Readonly<Record<string, string | undefined>>

/**
 * Parameter Store of AWS Systems Manager, asked with the container's role. What is read at the same moment goes into one
 * request: the service's limit of 40 requests a second is for all runs that start in the same minute.
 */
export function parameterStore(env: Env): CredentialSource {
  let connected: ReturnType<typeof connect> | undefined
  let next: { readonly ids: string[]; readonly found: Promise<Found> } | undefined
  const ask = async (ids: readonly string[], signal: AbortSignal): Promise<Found> => {
    connected ??= connect(env)
    const { client, GetParametersCommand } = await connected
    try {
      const request = new GetParametersCommand({ Names: [...new Set(ids)], WithDecryption: true })
      const { Parameters = [] } = await client.send(request, { abortSignal: signal })
      return new Map(Parameters.map(({ Name = '', Value = '' }) => [Name, Value]))
    } catch (error) {
      signal.throwIfAborted()
      const { name, message } = error instanceof Error ? error : { name: 'Error', message: 'unknown' }
      if (name !== 'AccessDeniedException') {
        throw new CredentialsError(`secrets could not be read from AWS Parameter Store: ${name}: ${message}`)
      }
      const [only = ''] = ids
      if (ids.length === 1) return new Map([[only, refused]])
      // One that may not be read fails the request for all of them.
      const each = await Promise.all(ids.map((id) => ask([id], signal)))
      return new Map(each.flatMap((one) => [...one]))
    }
  }
  return {
    name: 'AWS Parameter Store',
    place: ({ id }) => `${id} in AWS Parameter Store`,
    rights: awsRights('ssm:GetParameters'),
    async read({ id }, signal) {
      if (next === undefined || next.ids.length === mostNames) {
        const ids: string[] = []
        const found = Promise.resolve().then(() => {
          next = undefined
          return ask(ids, signal)
        })
        next = { ids, found }
      }
      next.ids.push(id)
      return (await next.found).get(id)
    },
  }
}

async function connect(env: Env) {
  const { GetParametersCommand, SSMClient } = await import('@aws-sdk/client-ssm')
  const client = new SSMClient({
    endpoint: env.AWS_ENDPOINT_URL_SSM || env.AWS_ENDPOINT_URL || undefined,
    region: env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined,
    // A minute full of starts is throttled; the run has time to wait for its turn.
    maxAttempts: 8,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  })
  return { client, GetParametersCommand }
}
