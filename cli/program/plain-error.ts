import { type ExitCode, exitCodes, UserError } from '../errors.ts'

/** Exit codes by where the reason of a failed call to AWS lies. Whatever is not named is the cloud's. */
const codes: Readonly<Record<string, ExitCode>> = {
  credentials: exitCodes.credentials,
  configuration: exitCodes.configuration,
  installation: exitCodes.failure,
}

/** What an error means to the one who typed the command; nothing if it should not happen. */
export async function asUserError(error: unknown): Promise<UserError | undefined> {
  if (error instanceof UserError) return error
  if (!isOfAws(error)) return undefined
  const { awsFailure } = await import('../../infra/aws/aws-failure.ts')
  const failure = awsFailure(error)
  return failure && new UserError(failure.message, codes[failure.reason] ?? exitCodes.cloud)
}

/** By their marks: the classes would bring the SDK along. */
const isOfAws = (error: unknown): error is Error =>
  error instanceof Error && (/^(?:AwsFailure|CredentialsProviderError)$/.test(error.name) || '$metadata' in error)
