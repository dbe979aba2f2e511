import type { StreamFn } from '@earendil-works/pi-agent-core'
import type { Api, Model, ProviderHeaders, ProviderStreams } from '@earendil-works/pi-ai'
import { type Answer, retryAfter } from './provider-error.ts'
import { takesFetch } from './providers.ts'

/** Calls to one model, one at a time. */
export interface ModelCalls {
  readonly stream: StreamFn
  /** What the provider answered to the last request; nothing if no answer came, or the client does not show it. */
  readonly lastAnswer: () => Answer | undefined
}

export interface ModelAccess {
  readonly model: Model<Api>
  readonly client: Pick<ProviderStreams, 'streamSimple'>
  readonly apiKey?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly now: () => number
}

/** The clients' own retries are off: only one layer may wait, the one that is logged and can be stopped. */
export function modelCalls({ model, client, apiKey, headers, now }: ModelAccess): ModelCalls {
  let answer: Answer | undefined
  const watched: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    const retryAfterMs = retryAfter(response.headers, now())
    answer = { status: response.status, ...(retryAfterMs !== undefined && { retryAfterMs }) }
    return response
  }
  const access = {
    ...withHeaders(model, apiKey, headers),
    ...(takesFetch(model.api) && { fetch: watched }),
    maxRetries: 0,
  }
  return {
    lastAnswer: () => answer,
    stream: (chosen, context, options) => {
      answer = undefined
      return client.streamSimple(chosen, context, { ...options, ...access })
    },
  }
}

/**
 * A server of one's own may know its users by a header, or not at all. The clients insist on a key, so they get one, and the
 * headers that would carry it are left out.
 */
function withHeaders(
  { provider }: Model<Api>,
  apiKey: string | undefined,
  given: Readonly<Record<string, string>> = {},
): { apiKey?: string; headers?: ProviderHeaders } {
  const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]))
  if (provider !== 'custom' || apiKey !== undefined) return { ...(apiKey !== undefined && { apiKey }), headers }
  return { apiKey: 'none', headers: { authorization: null, 'x-api-key': null, ...headers } }
}
