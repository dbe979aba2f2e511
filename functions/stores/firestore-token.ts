export interface MetadataOptions {
  /** Host and port of the metadata server; by default that of Cloud Run, or `GCE_METADATA_HOST`, as Google's libraries have it. */
  readonly host?: string
  /** Epoch milliseconds. */
  readonly now?: () => number
  readonly fetch?: typeof fetch
}

/** A token is not used any more in its last minute, in milliseconds: a request under way must not outlive it. */
const margin = 60_000

const timeout = 3000

/**
 * The access token of the service account that this process runs as, from the metadata server. It is kept until a minute
 * before it expires, and asked for once, however many wait for it. Throws when there is no metadata server: outside
 * Google Cloud, hand in an `accessToken` of your own.
 */
export function metadataToken(options: MetadataOptions = {}): () => Promise<string> {
  const { host = process.env.GCE_METADATA_HOST ?? 'metadata.google.internal', now = Date.now } = options
  const ask = options.fetch ?? fetch
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`
  let kept: { readonly token: string; readonly until: number } | undefined
  let asking: Promise<string> | undefined

  async function renew(): Promise<string> {
    const answer = await ask(url, { headers: { 'Metadata-Flavor': 'Google' }, signal: AbortSignal.timeout(timeout) })
    if (!answer.ok) throw new Error(`the metadata server gave no token: HTTP ${answer.status}`)
    const { access_token: token, expires_in: seconds } = (await answer.json()) as Record<string, unknown>
    if (typeof token !== 'string' || typeof seconds !== 'number') throw new Error('the metadata server gave no token')
    kept = { token, until: now() + seconds * 1000 - margin }
    return token
  }

  return async () => {
    if (kept !== undefined && now() < kept.until) return kept.token
    asking ??= renew().finally(() => {
      asking = undefined
    })
    return asking
  }
}
