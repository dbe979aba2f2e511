import { awsFailure } from '../aws-failure.ts'

/** Settings of the clients here: a project of many secrets is throttled, and there is time to wait for its turn. */
export const patient = { maxAttempts: 8 }

/**
 * Asks a service. Answers nothing where the error is one of `absent`. Otherwise the error is thrown in plain words, without
 * `value`, should the service have quoted it.
 */
export async function asked<T>(
  request: () => Promise<T>,
  { absent = [], value }: { readonly absent?: readonly string[]; readonly value?: string } = {},
): Promise<T | undefined> {
  try {
    return await request()
  } catch (error) {
    if (error instanceof Error && absent.includes(error.name)) return undefined
    const failure = awsFailure(error) ?? error
    const text = failure instanceof Error ? failure.message : String(failure)
    // The error itself, and what it was caused by, hold what the service has said.
    if (value && text.includes(value)) throw new Error(text.replaceAll(value, '(the value)'))
    throw failure
  }
}
