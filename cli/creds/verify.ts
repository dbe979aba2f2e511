import type { CredentialTypeName } from '../../core/credentials/types.ts'
import { refusalIn, type Values, verificationOf } from '../../core/credentials/verification.ts'
import { exitCodes, UserError } from '../errors.ts'

/** Milliseconds that a provider has to answer. */
const patience = 15_000

/**
 * Asks the provider whether a credential works. Throws a `UserError`: `credentials` when it is refused, `failure` when nobody
 * could tell. The message has the address and the status, never the answer or the value.
 */
export async function verify(
  type: CredentialTypeName,
  values: Values,
  { apiUrl, send = fetch }: { readonly apiUrl?: string; readonly send?: typeof fetch } = {},
): Promise<void> {
  const requests = verificationOf(type, values, apiUrl)
  if (requests === undefined) {
    throw new UserError(`${type} cannot be verified: no provider can be asked; leave --verify out`, exitCodes.usage)
  }
  for (const { url, ...request } of requests) {
    const { host } = new URL(url)
    const { status, answer } = await ask(
      url,
      { ...request, redirect: 'error', signal: AbortSignal.timeout(patience) },
      send,
    )
    const refusal = refusalIn(type, status, answer)
    if (refusal !== undefined) throw new UserError(`${host} says of ${type}: ${refusal}`, exitCodes.credentials)
    if (status < 200 || status > 299) {
      throw new UserError(
        `${host} answered ${status}, which says nothing about ${type}; try again, or leave --verify out`,
        exitCodes.failure,
      )
    }
  }
}

async function ask(
  url: string,
  request: RequestInit,
  send: typeof fetch,
): Promise<{ status: number; answer: unknown }> {
  try {
    const response = await send(url, request)
    const text = await response.text()
    return { status: response.status, answer: parsed(text) }
  } catch (error) {
    throw new UserError(
      `${new URL(url).host} could not be asked (${reasonOf(error)}); try again, or leave --verify out`,
      exitCodes.failure,
    )
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Only a refusal is looked for, and those who refuse in a body do so in JSON.
    return undefined
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${patience / 1000} seconds`
  return code ?? 'no connection'
}
