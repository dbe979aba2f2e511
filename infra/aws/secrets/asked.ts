import { quotesValue } from '../../secrets/quotes-value.ts'
import { AwsFailure, awsFailure } from '../aws-failure.ts'

/**
 * Asks a service. Returns nothing where the error is one of `absent`. Otherwise the error is thrown in plain words; if the
 * service quotes any part of `value`, without what it has said.
 */
export async function asked<T>(
  request: () => Promise<T>,
  { absent = [], value }: { readonly absent?: readonly string[]; readonly value?: string } = {},
): Promise<T | undefined> {
  try {
    return await request()
  } catch (error) {
    if (error instanceof Error && absent.includes(error.name)) return undefined
    const failure = awsFailure(error)
    const { name, message } = error instanceof Error ? error : { name: 'error', message: String(error) }
    // Without a cause, which would hold what the service has said.
    if (value !== undefined && quotesValue(message, value)) {
      throw new AwsFailure(failure?.reason ?? 'service', `AWS: ${name} (what it says is left out: it quotes the value)`)
    }
    throw failure ?? error
  }
}
