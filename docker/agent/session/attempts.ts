import type { AssistantMessage } from '@earendil-works/pi-ai'
import type { Log } from '../../../core/scheduler/world.ts'
import { type Answer, readProviderError } from './provider-error.ts'
import { delayBefore, mostRetries, type Pause } from './retry.ts'

/** How a conversation ends. `why` is fit for users. */
export type ConversationEnd =
  | { readonly kind: 'completed'; readonly text: string }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'failed'; readonly why: string; readonly modelRefused?: 'quota' | 'auth' }

export interface AttemptsOptions {
  readonly log: Log
  readonly signal: AbortSignal
  readonly pause: Pause
  /** A number in [0, 1). */
  readonly chance: () => number
  /** A provider's error as a user may see it. */
  readonly words: (error: string) => string
  /** Whether the model is called by a right of the agent's own on Google Cloud, which may have been given a moment ago. */
  readonly byRight?: boolean
}

/**
 * Milliseconds before a model that has never answered is called again after a "not permitted" that may be of the past.
 * Source: "Access change propagation" of Google's IAM: two minutes as a rule.
 */
const pausesForRights = [5_000, 10_000, 20_000, 40_000, 60_000]

/** Counts the failures in a row of one session's calls to the model, those for summaries among them. */
export interface Attempts {
  readonly succeeded: () => void
  /** Waits until the call may be made again; the answer is how the conversation ends if it may not. */
  readonly failed: (message: AssistantMessage, answer: Answer | undefined) => Promise<ConversationEnd | undefined>
}

export function attempts({ log, signal, pause, chance, words, byRight = false }: AttemptsOptions): Attempts {
  let failures = 0
  let early = byRight ? pausesForRights : []
  const again = async (text: string, fields: Readonly<Record<string, unknown>> & { readonly delayMs: number }) => {
    log('warn', text, fields)
    // It rejects for an abort, which the next line sees.
    await pause(fields.delayMs, signal).catch(() => {})
    return signal.aborted ? ({ kind: 'aborted' } as const) : undefined
  }
  return {
    succeeded: () => {
      failures = 0
      early = []
    },
    failed: async (message, answer) => {
      const { kind, retryAfterMs } = readProviderError(message, answer)
      const why = words(message.errorMessage || 'the model provider answered with an error')
      const [pauseForRights, ...later] = early
      if (kind === 'auth' && pauseForRights !== undefined) {
        early = later
        const text =
          'not permitted to call the model: trying again, since a right that was just given takes a while to count'
        return await again(text, { delayMs: pauseForRights, error: why })
      }
      if (kind === 'quota' || kind === 'auth') return { kind: 'failed', why, modelRefused: kind }
      if (kind === 'refused' || kind === 'overflow') return { kind: 'failed', why }
      failures += 1
      if (failures > mostRetries) return { kind: 'failed', why }
      const delayMs = delayBefore(failures, retryAfterMs, chance())
      const text = kind === 'limited' ? 'rate limited, retrying prompt' : 'model call failed, retrying prompt'
      return await again(text, { attempt: failures, delayMs, error: why })
    },
  }
}
