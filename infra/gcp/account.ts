import { googleAddress } from '../../core/google-address.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { type GoogleApi, googleApi } from './google-api.ts'
import { defaultCredentials, type GoogleCredentials, standInCredentials } from './google-credentials.ts'
import { GoogleFailure } from './google-failure.ts'

/** A Google Cloud project that can be asked. */
export interface GoogleAccount {
  /** Its id, and its number. */
  readonly project: string
  readonly number: string
  readonly region: string
  /** Who asks: the address of a service account, or words. */
  readonly caller: string
  readonly api: GoogleApi
  /** The access token of who asks, for what is no REST API: a registry of images. It lives for an hour at most. */
  token(): Promise<string>
}

export interface GoogleAccountRequest {
  readonly project: string
  readonly region: string
}

/**
 * Opens a project, and sees that it is there. Throws a `GoogleFailure`: `credentials`, `denied` for a project that is not there
 * or not to be seen, `network`, and what the project lacks.
 *
 * AL_GOOGLE_ENDPOINT leads to a stand-in for Google on this machine; credentials are not asked for then.
 */
export async function openGoogleAccount(
  { project, region }: GoogleAccountRequest,
  endpoint: string | undefined = process.env.AL_GOOGLE_ENDPOINT,
  credentials: () => Promise<GoogleCredentials> = () => defaultCredentials(project),
): Promise<GoogleAccount> {
  const { api, caller, token } = await openApi(project, endpoint, credentials)
  const url = `https://cloudresourcemanager.googleapis.com/v3/projects/${encodeURIComponent(project)}`
  const answer = await api('GET', url)
  const failure = answer.status < 300 ? undefined : answer.failure()
  if (failure !== undefined && isSwitchedOff(failure)) {
    const number = await numberOfNewProject(project, api)
    if (number !== undefined) return { project, number, region, caller, api, token }
  }
  if (failure !== undefined && failure.reason !== 'denied' && answer.status !== 404) throw failure
  if (failure !== undefined || answer.body.state !== 'ACTIVE') {
    const state = failure === undefined ? 'is being deleted' : 'is not there, or may not be seen with these credentials'
    throw new GoogleFailure(
      failure === undefined ? 'configuration' : 'denied',
      `the Google Cloud project ${project} ${state} (asked as ${caller}): look at gcpProject in [cloud], or use other credentials`,
    )
  }
  return { project, number: String(answer.body.name).replace('projects/', ''), region, caller, api, token }
}

/** Whether a call was refused because its API is not enabled, in this project or in the one that pays for the call. */
export const isSwitchedOff = ({ message }: GoogleFailure): boolean => /is not enabled in project/.test(message)

/**
 * A new project has few APIs, and the one that tells of projects is none of them: what can be enabled by a deploy must not
 * keep one from beginning. The number of a project that lacks it; nothing where that is not the reason.
 */
async function numberOfNewProject(project: string, api: GoogleApi): Promise<string | undefined> {
  const service = 'services/cloudresourcemanager.googleapis.com'
  const { status, body } = await api('GET', `https://serviceusage.googleapis.com/v1/projects/${project}/${service}`)
  if (status >= 300 || body.state !== 'DISABLED') return undefined
  return /^projects\/(\d+)$/.exec(String(body.parent))?.[1]
}

/** The same before it is known whether the project is there. */
async function openApi(
  project: string,
  endpoint: string | undefined = process.env.AL_GOOGLE_ENDPOINT,
  credentials: () => Promise<GoogleCredentials> = () => defaultCredentials(project),
): Promise<Pick<GoogleAccount, 'api' | 'caller' | 'token'>> {
  const given = endpoint ? standInCredentials : await credentials()
  return {
    api: googleApi({ credentials: given, project, addressOf: addressAt(endpoint) }),
    caller: given.caller,
    async token() {
      const { authorization = '' } = await given.headers()
      return authorization.replace(/^Bearer /, '')
    },
  }
}

/** The place of a plan. Throws a `GoogleFailure` where it names none. */
export function placeOf({ target }: Pick<Plan, 'target'>): GoogleAccountRequest {
  const { account: project, region } = target
  if (project === undefined || region === undefined) {
    throw new GoogleFailure(
      'configuration',
      'no Google Cloud project: `al setup cloud` writes [cloud] with gcpProject and region into config.toml',
    )
  }
  return { project, region }
}

function addressAt(endpoint: string | undefined) {
  try {
    return googleAddress(endpoint)
  } catch (error) {
    throw new GoogleFailure('configuration', error instanceof Error ? error.message : String(error))
  }
}
