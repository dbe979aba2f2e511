/** Where the reason of a failed call lies: with who asks, on the way, with the project, or with the service. */
export type GoogleFailureReason = 'credentials' | 'denied' | 'network' | 'configuration' | 'service'

/** A call to Google Cloud that came to nothing, in words for the one who typed the command. */
export class GoogleFailure extends Error {
  override readonly name = 'GoogleFailure'
  readonly reason: GoogleFailureReason

  constructor(reason: GoogleFailureReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** What a refused call was about, as far as it is known. */
export interface Refusal {
  readonly status: number
  /** The JSON of the answer. */
  readonly body: Readonly<Record<string, unknown>>
  /** The service that answered: `run.googleapis.com`. */
  readonly host: string
  /** Id of the Google Cloud project. */
  readonly project: string
}

interface ErrorInfo {
  readonly reason?: string
  readonly metadata?: Readonly<Record<string, string>>
}

/** Source: "Troubleshoot user credentials not working" and the reasons of `google.api.ErrorReason`. */
const noQuotaProject = /requires a quota project|USER_PROJECT_DENIED/
const permissionName = /Permission ['"]?([a-z]\w*(?:\.\w+)+)['"]? denied|does not have ([a-z]\w*(?:\.\w+)+) access/
const badTokens = new Set(['ACCESS_TOKEN_EXPIRED', 'ACCESS_TOKEN_TYPE_UNSUPPORTED', 'CREDENTIALS_MISSING'])

/** What an answer with an error means for people. */
export function refusalAsFailure({ status, body, host, project }: Refusal): GoogleFailure {
  const { message = 'no explanation', status: code = `HTTP ${status}`, details } = errorOf(body)
  const said = message.replace(/\s+/g, ' ').trim()
  const { reason = '', metadata = {} } = infoOf(details)
  if (status === 401 || badTokens.has(reason)) {
    return new GoogleFailure('credentials', `Google does not accept the credentials (${said}): ${signIn}`)
  }
  if (noQuotaProject.test(`${reason} ${said}`)) {
    return new GoogleFailure(
      'credentials',
      `Google wants to know which project pays for the calls: \`gcloud auth application-default set-quota-project ${project}\`, which needs the permission serviceusage.services.use there`,
    )
  }
  if (reason === 'SERVICE_DISABLED' || /has not been used in project|it is disabled/.test(said)) {
    const api = metadata.service ?? host
    return new GoogleFailure(
      'service',
      `the API ${api} is not enabled in project ${project}: \`gcloud services enable ${api} --project ${project}\`, or https://console.cloud.google.com/apis/library/${api}?project=${project}; it takes a minute to count`,
    )
  }
  if (reason === 'BILLING_DISABLED' || /billing (?:account|to be enabled|is disabled|must be enabled)/i.test(said)) {
    return new GoogleFailure(
      'service',
      `project ${project} has no billing account that is open: https://console.cloud.google.com/billing/linkedaccount?project=${project}`,
    )
  }
  if (status === 403) {
    const [, one, other] = permissionName.exec(said) ?? []
    const permission = metadata.permission ?? one ?? other
    const where = metadata.resource === undefined ? '' : ` on ${metadata.resource}`
    return new GoogleFailure(
      'denied',
      permission === undefined
        ? `Google refused: ${said}`
        : `Google refused: the permission ${permission} is missing${where}; give it to whoever runs al`,
    )
  }
  if (status === 429) {
    const quota = metadata.quota_metric === undefined ? '' : ` (${metadata.quota_metric})`
    return new GoogleFailure('service', `a quota of project ${project} is used up${quota}: try again later: ${said}`)
  }
  return new GoogleFailure('service', `${host}: ${code}: ${said}`)
}

export const signIn =
  'sign in with `gcloud auth application-default login`, or name a key or configuration file in GOOGLE_APPLICATION_CREDENTIALS'

interface GoogleError {
  readonly message?: string
  readonly status?: string
  readonly details?: readonly unknown[]
}

function errorOf({ error }: Readonly<Record<string, unknown>>): GoogleError {
  return typeof error === 'object' && error !== null ? error : {}
}

/** The detail in which Google's services say what it is about. */
function infoOf(details: readonly unknown[] = []): ErrorInfo {
  const isInfo = (one: unknown): one is ErrorInfo =>
    typeof one === 'object' && one !== null && Reflect.get(one, '@type') === 'type.googleapis.com/google.rpc.ErrorInfo'
  return (Array.isArray(details) ? details : []).find(isInfo) ?? {}
}
