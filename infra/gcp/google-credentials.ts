import type { AuthClient } from 'google-auth-library'
import { GoogleFailure, signIn } from './google-failure.ts'

/** Who asks Google. */
export interface GoogleCredentials {
  /** The address of a service account where it is one; else in words. */
  readonly caller: string
  /** Headers of a request: a token, which is renewed when it is old, and who pays for the call. Throws a `GoogleFailure`. */
  headers(): Promise<Readonly<Record<string, string>>>
}

const scopes = ['https://www.googleapis.com/auth/cloud-platform']

/**
 * The application default credentials: the file that GOOGLE_APPLICATION_CREDENTIALS names (a key, an outside identity,
 * another account's), what `gcloud auth application-default login` has left, or the machine's own service account. Throws a
 * `GoogleFailure` when there are none. `project` pays for the calls of a person who has named no other.
 */
export async function defaultCredentials(project: string): Promise<GoogleCredentials> {
  // The library is CommonJS: in a bundle, only its default export carries the names.
  const { default: library } = await import('google-auth-library')
  const { GoogleAuth, Impersonated, UserRefreshClient } = library
  // Without the project's id it looks for one, over the network.
  const client = await inWords(() => new GoogleAuth({ scopes, projectId: project }).getClient())
  // What people call with the identity of `gcloud` itself counts against its quotas, which most services refuse.
  if (client instanceof UserRefreshClient && !client.quotaProjectId) client.quotaProjectId = project
  return {
    caller: client instanceof Impersonated ? client.getTargetPrincipal() : callerOf(client),
    async headers() {
      const headers = await inWords(() => client.getRequestHeaders())
      return Object.fromEntries(headers.entries())
    },
  }
}

/** A token that nobody but a stand-in on this machine takes. */
export const standInCredentials: GoogleCredentials = {
  caller: 'nobody@this-machine',
  headers: async () => ({ authorization: 'Bearer stand-in' }),
}

function callerOf(client: AuthClient): string {
  const { email } = client as { readonly email?: unknown }
  if (typeof email === 'string') return email
  const impersonated = (client as { readonly getServiceAccountEmail?: () => string | null }).getServiceAccountEmail?.()
  return impersonated ?? 'the application default credentials'
}

/** Source: the messages of google-auth-library 11, and the errors of OAuth 2.0 (RFC 6749, 5.2). */
async function inWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const said = error instanceof Error ? error.message : ''
    if (/could not load the default credentials|unable to find credentials/i.test(said)) {
      throw new GoogleFailure('credentials', `no credentials for Google Cloud: ${signIn}`)
    }
    if (/invalid_grant|invalid_rapt|reauth/i.test(said)) {
      throw new GoogleFailure('credentials', `the Google credentials are not valid any more: ${signIn}`)
    }
    const code = networkCode(error)
    if (code !== undefined) {
      throw new GoogleFailure('network', `Google cannot be reached for a token (${code}): check the network`)
    }
    // Of a file that cannot be read, only what the library says, which never holds what is in it.
    throw new GoogleFailure('credentials', `the Google credentials cannot be used (${oneLine(said)}): ${signIn}`)
  }
}

function networkCode(error: unknown): string | undefined {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth++) {
    const { code } = one as { readonly code?: unknown }
    if (typeof code === 'string' && /^(?:E[A-Z]+|UND_ERR\w*)$/.test(code) && code !== 'ENOENT') return code
  }
  return undefined
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 200)
