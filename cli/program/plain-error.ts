import type { DeployFailure } from '../../infra/gcp/deploy/deploy-failure.ts'
import type { GoogleFailure } from '../../infra/gcp/google-failure.ts'
import { type ExitCode, exitCodes, UserError } from '../errors.ts'
import { diskFailure } from '../unwritable.ts'

/** Exit codes by where the reason of a failed call to a cloud lies. Whatever is not named is the cloud's. */
const codes: Readonly<Record<string, ExitCode>> = {
  credentials: exitCodes.credentials,
  configuration: exitCodes.configuration,
  installation: exitCodes.failure,
}

/** What an error means to the one who typed the command; nothing if it should not happen. */
export async function asUserError(error: unknown): Promise<UserError | undefined> {
  if (error instanceof UserError) return error
  const ofDisk = diskFailure(error)
  if (ofDisk !== undefined) return ofDisk
  if (isOfGoogle(error)) return new UserError(error.message, codes[error.reason] ?? exitCodes.cloud)
  if (!isOfAws(error)) return undefined
  const { awsFailure } = await import('../../infra/aws/aws-failure.ts')
  const failure = awsFailure(error)
  return failure && new UserError(failure.message, codes[failure.reason] ?? exitCodes.cloud)
}

const isOfGoogle = (error: unknown): error is GoogleFailure | DeployFailure =>
  error instanceof Error &&
  /^(?:GoogleFailure|DeployFailure|UpdateFailure|StackLocked)$/.test(error.name) &&
  'reason' in error

/** By their marks: the classes would bring the SDK along. */
const isOfAws = (error: unknown): error is Error =>
  error instanceof Error && (/^(?:AwsFailure|CredentialsProviderError)$/.test(error.name) || '$metadata' in error)
