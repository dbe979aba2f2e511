import { setTimeout as sleep } from 'node:timers/promises'
import { launchTimeout } from '../../core/scheduler/launcher.ts'

/**
 * What a failed request says about whether it was carried out.
 *
 * - `later`: nothing was done, and the same request may succeed in a while: throttled, a quota is used up, no capacity.
 * - `never`: nothing was done, and nothing will be until somebody changes something.
 * - `unclear`: done or not. No answer, or one that does not say.
 */
export type Verdict = 'later' | 'never' | 'unclear'

/** Errors that stay as they are when the same request is sent again. */
const lasting = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'BlockedException',
  'ClusterNotFoundException',
  'InvalidParameterException',
  'InvalidParameterValueException',
  'InvalidRequestContentException',
  'PlatformTaskDefinitionIncompatibilityException',
  'PlatformUnknownException',
  'RequestTooLargeException',
  'ResourceNotFoundException',
  'UnsupportedFeatureException',
])

/** ECS reports refusals by EC2, and exhausted quotas, under misleading names. */
const isTemporary = /limit exceeded|rate exceeded|reached the limit|throttl|capacity/i

/** ECS uses one error name for a missing task definition and for a role that it cannot assume yet. */
const noTaskDefinition = /task ?definition/i

/** What an error of an AWS client tells. An answer of 4xx means that nothing was done; only some of them are for good. */
export function verdictOf(error: unknown): Verdict {
  const { name, message, status } = asAnswer(error)
  // The same client token with other parameters: something was started under it.
  if (status === undefined || status < 400 || status >= 500 || name === 'ConflictException') return 'unclear'
  if (status === 429 || isTemporary.test(`${name} ${message}`)) return 'later'
  return lasting.has(name) || (name === 'ClientException' && noTaskDefinition.test(message)) ? 'never' : 'later'
}

/** The name, text and HTTP status of an error; no status where there was no answer. */
export function asAnswer(error: unknown): { name: string; message: string; status?: number } {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } }
  return { name, message, status: $metadata?.httpStatusCode }
}

/** Settings of every client here. `sendPatiently` does the retrying, since it knows what each try has shown. */
export const clientSettings = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 1000, requestTimeout: launchTimeout, throwOnRequestTimeout: true },
}

const mostTries = 3

/**
 * Sends a request up to three times within five seconds. If any error was unclear it throws that one, even if a later
 * error was clear: if the first try may have done something, a later one that was turned away does not mean that nothing
 * happened.
 */
export async function sendPatiently<T>(send: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(launchTimeout)
  const unclear: unknown[] = []
  for (let tries = 1; ; tries++) {
    try {
      return await send(signal)
    } catch (error) {
      const verdict = verdictOf(error)
      if (verdict === 'unclear') unclear.push(error)
      const [thrown = error] = unclear
      if (verdict === 'never' || tries === mostTries) throw thrown
      await sleep(Math.random() * 100 * 2 ** tries)
      if (signal.aborted) throw thrown
    }
  }
}
