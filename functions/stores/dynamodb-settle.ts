import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CancellationReason,
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb'

/**
 * What a failed write tells about itself.
 *
 * - `ok`: it had been done; what failed was the SDK's second try, on our own first one.
 * - `conflict`: it was not done, because an expectation does not hold.
 * - `again`: not done, and nothing against it: the same request may be sent once more.
 * - `unclear`: done or not, only reading tells.
 * - `refused`: not done, and never will be: a bug or a missing right.
 */
export type Verdict = 'ok' | 'conflict' | 'again' | 'unclear' | 'refused'

const conflicts = new Set(['ConditionalCheckFailed', 'TransactionConflict'])
/** Codes of DynamoDB for "too much at once", as a reason of a cancellation and as an error. */
const throttles = new Set([
  'ProvisionedThroughputExceeded',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingError',
  'ThrottlingException',
  // Our own first try, still under way: under the same token the second one gets its answer.
  'TransactionInProgressException',
])
/** On top of the SDK's own tries, which it makes for errors only and not for cancellations. */
const mostTries = 5

/** What `error`, the answer to the write of the commit `id`, tells. */
function judge(error: unknown, id: string): Verdict {
  if (error instanceof ConditionalCheckFailedException) return error.Item?.version?.S === id ? 'ok' : 'conflict'
  if (error instanceof TransactionCanceledException) return judgeReasons(error.CancellationReasons ?? [], id)
  // Refused before its condition was looked at: our own first try may be what it would have found.
  if (error instanceof TransactionConflictException) return 'unclear'
  if (!(error instanceof DynamoDBServiceException)) return 'unclear'
  if (throttles.has(error.name)) return 'again'
  // An answer of 500 says nothing about the write (DynamoDB's documentation), one of 400 that it was not done.
  return (error.$metadata.httpStatusCode ?? 500) >= 500 ? 'unclear' : 'refused'
}

function judgeReasons(reasons: readonly CancellationReason[], id: string): Verdict {
  if (reasons.some(({ Item }) => Item?.version?.S === id)) return 'ok'
  const codes = reasons.flatMap(({ Code = 'None' }) => (Code === 'None' ? [] : [Code]))
  if (codes.length === 0 || codes.some((code) => !conflicts.has(code) && !throttles.has(code))) return 'refused'
  if (codes.includes('TransactionConflict')) return 'unclear'
  return codes.includes('ConditionalCheckFailed') ? 'conflict' : 'again'
}

/**
 * Sends the write of the commit `id` until it is known what became of it. `wasDone` reads back whether it was. Throws
 * what DynamoDB refuses for good, and what it still has no room for after the last try.
 */
export async function settle(
  id: string,
  send: () => Promise<unknown>,
  wasDone: () => Promise<boolean>,
): Promise<'ok' | 'conflict'> {
  for (let tries = 1; ; tries++) {
    try {
      await send()
      return 'ok'
    } catch (error) {
      const verdict = judge(error, id)
      if (verdict === 'ok' || verdict === 'conflict') return verdict
      if (verdict === 'refused') throw error
      if (verdict === 'again' && tries < mostTries) {
        await sleep(Math.random() * Math.min(1000, 100 * 2 ** tries))
        continue
      }
      // Read also after the last throttled try: an earlier one may have been done without an answer.
      if (await wasDone()) return 'ok'
      if (verdict === 'again') throw error
      return 'conflict'
    }
  }
}
