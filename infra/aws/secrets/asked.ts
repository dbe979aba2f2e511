import { AwsFailure, awsFailure } from '../aws-failure.ts'

/**
 * Asks a service. Answers nothing where the error is one of `absent`. Otherwise the error is thrown in plain words; if the
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
    if (value !== undefined && quotes(message, value)) {
      throw new AwsFailure(failure?.reason ?? 'service', `AWS: ${name} (what it says is left out: it quotes the value)`)
    }
    throw failure ?? error
  }
}

/** Services cut off what they quote, escape it, and write it on one line: the beginning of any word of it is enough. */
const quotes = (message: string, value: string): boolean =>
  value.split(/[^A-Za-z0-9+/=_-]+/).some((word) => word.length > 3 && message.includes(word.slice(0, 8))) ||
  message.includes(value)
