import type { SecretReader } from '../gateway/options.ts'
import type { GoogleApi } from './google-api.ts'

export interface SecretManagerOptions {
  readonly api: GoogleApi
  /** The id of the Google Cloud project. */
  readonly project: string
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Where the API is; another one in tests. */
  readonly url?: string
}

/** Milliseconds for which a value, or that there is none, is believed; and after which it may be asked for again. */
const believed = 5 * 60_000
const soonest = 10_000

interface Kept {
  readonly value: Promise<string | undefined>
  readonly at: number
}

/**
 * The gateway's secrets, from Secret Manager by the function's own identity: the newest version of each, kept for five
 * minutes and asked for once by however many requests. A failure is not kept.
 */
export function secretManager({ api, project, now, url }: SecretManagerOptions): SecretReader {
  const base = url ?? 'https://secretmanager.googleapis.com'
  const cache = new Map<string, Kept>()

  async function ask(id: string): Promise<string | undefined> {
    const name = `projects/${project}/secrets/${id}/versions/latest`
    const { status, body, error } = await api('GET', `${base}/v1/${name}:access`)
    if (status === 404) return undefined
    if (status === 403) {
      throw new Error(`${error}; grant roles/secretmanager.secretAccessor on secret ${id} to the gateway`)
    }
    const { data } = (body.payload ?? {}) as { data?: unknown }
    if (status !== 200 || typeof data !== 'string') throw new Error(`secret ${id} could not be read: ${error}`)
    return Buffer.from(data, 'base64').toString()
  }

  async function value(id: string, longest: number): Promise<string | undefined> {
    const before = cache.get(id)
    if (before !== undefined && Math.abs(now() - before.at) < longest) return await before.value
    const kept: Kept = { value: ask(id), at: now() }
    cache.set(id, kept)
    try {
      return await kept.value
    } catch (error) {
      if (cache.get(id) === kept) cache.delete(id)
      throw error
    }
  }

  return { read: (id) => value(id, believed), refresh: (id) => value(id, soonest) }
}
