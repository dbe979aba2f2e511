import type { ReadSecret } from '../cloud/secret-cache.ts'
import type { GoogleApi } from './google-api.ts'

export interface SecretManagerOptions {
  readonly api: GoogleApi
  /** The id of the Google Cloud project. */
  readonly project: string
}

/** Secret Manager, asked by the function's own identity: the newest version of a secret. */
export function secretManager({ api, project }: SecretManagerOptions): ReadSecret {
  return async (id) => {
    const name = `projects/${project}/secrets/${id}/versions/latest`
    const { status, body, error } = await api('GET', `https://secretmanager.googleapis.com/v1/${name}:access`)
    if (status === 404) return undefined
    if (status === 403) {
      throw new Error(`${error}; grant roles/secretmanager.secretAccessor on secret ${id} to the gateway`)
    }
    const { data } = (body.payload ?? {}) as { data?: unknown }
    if (status !== 200 || typeof data !== 'string') throw new Error(`secret ${id} could not be read: ${error}`)
    return Buffer.from(data, 'base64').toString()
  }
}
