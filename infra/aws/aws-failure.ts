/** Where the reason of a failed call lies: with who asks, with what is installed, on the way, or with the service. */
export type AwsFailureReason = 'credentials' | 'denied' | 'network' | 'configuration' | 'installation' | 'service'

/** A call to AWS that came to nothing, in words for the one who typed the command. */
export class AwsFailure extends Error {
  override readonly name = 'AwsFailure'
  readonly reason: AwsFailureReason

  constructor(reason: AwsFailureReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** Codes by which AWS says that it does not accept who asks. Source: common errors of AWS APIs and of STS. */
const expired = /^(?:ExpiredToken|ExpiredTokenException|RequestExpired|TokenRefreshRequired)$/
const unknownKeys =
  /^(?:InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|InvalidAccessKeyId|InvalidSignatureException|IncompleteSignature|AuthFailure|InvalidToken)$/
const denied = /^(?:AccessDenied|AccessDeniedException|UnauthorizedOperation|Forbidden|NotAuthorized)$/
const network =
  /^(?:ENOTFOUND|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EAI_AGAIN|EPIPE|TimeoutError|NetworkingError)$/
const noCredentials =
  /could not load credentials|no credentials|session has expired|token (?:is|has) expired|need credentials|unable to (?:find|resolve) (?:aws account|credentials)/i

/**
 * What an error of an SDK, or of what stands on one, means for people. Nothing if it is none of theirs. Errors that carry
 * others inside (`cause`, `errors`) are opened.
 */
export function awsFailure(error: unknown): AwsFailure | undefined {
  for (const one of chainOf(error)) {
    if (one instanceof AwsFailure) return one
    const failure = read(one)
    if (failure !== undefined) return new AwsFailure(failure.reason, failure.message, { cause: error })
  }
  return undefined
}

function* chainOf(error: unknown, depth = 0): Generator<unknown> {
  if (depth > 5 || error === undefined || error === null) return
  yield error
  if (typeof error !== 'object') return
  if ('cause' in error) yield* chainOf(error.cause, depth + 1)
  if ('errors' in error && Array.isArray(error.errors)) for (const one of error.errors) yield* chainOf(one, depth + 1)
}

function read(error: unknown): { readonly reason: AwsFailureReason; readonly message: string } | undefined {
  if (!(error instanceof Error)) return undefined
  const code = codeOf(error)
  const said = error.message.replace(/\s+/g, ' ').trim()
  if (expired.test(code)) {
    return { reason: 'credentials', message: `the AWS credentials have expired (${code}): sign in again` }
  }
  if (unknownKeys.test(code)) {
    return {
      reason: 'credentials',
      message: `AWS does not know these credentials (${code}): use others, or sign in again`,
    }
  }
  if (denied.test(code)) return { reason: 'denied', message: `AWS refused: ${said}` }
  if (error.name === 'CredentialsProviderError' || noCredentials.test(said)) {
    const profile = process.env.AWS_PROFILE
    const next = profile
      ? `profile "${profile}" (AWS_PROFILE) gives none: name one that \`aws configure list-profiles\` lists, or sign in with \`aws sso login\``
      : 'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with `aws sso login`'
    return { reason: 'credentials', message: `no AWS credentials (${said}): ${next}` }
  }
  if (network.test(code)) {
    return { reason: 'network', message: `AWS cannot be reached (${said || code}): check the network, and the region` }
  }
  if ('$fault' in error) return { reason: 'service', message: `AWS: ${error.name}: ${said}` }
  return undefined
}

/** Services name their error, sockets give it a code. */
function codeOf(error: Error): string {
  const { Code, code } = error as { readonly Code?: unknown; readonly code?: unknown }
  const candidates = [error.name, Code, code].filter((one) => typeof one === 'string')
  return candidates.find((one) => [expired, unknownKeys, denied, network].some((kind) => kind.test(one))) ?? error.name
}
