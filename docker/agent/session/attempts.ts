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
}

/** Counts the failures in a row of one session's calls to the model, those for summaries among them. */
export interface Attempts {
  readonly succeeded: () => void
  /** Waits until the call may be made again; the answer is how the conversation ends if it may not. */
  readonly failed: (message: AssistantMessage, answer: Answer | undefined) => Promise<ConversationEnd | undefined>
}

export function attempts({ log, signal, pause, chance, words }: AttemptsOptions): Attempts {
  let failures = 0
  return {
    succeeded: () => {
      failures = 0
    },
    failed: async (message, answer) => {
      const { kind, retryAfterMs } = readProviderError(message, answer)
      const why = words(message.errorMessage || 'the model provider answered with an error')
      if (kind === 'quota' || kind === 'auth') return { kind: 'failed', why, modelRefused: kind }
      if (kind === 'refused' || kind === 'overflow') return { kind: 'failed', why }
      failures += 1
      if (failures > mostRetries) return { kind: 'failed', why }
      const delayMs = delayBefore(failures, retryAfterMs, chance())
      const text = kind === 'limited' ? 'rate limited, retrying prompt' : 'model call failed, retrying prompt'
      log('warn', text, { attempt: failures, delayMs, error: why })
      // It rejects for an abort, which the next line sees.
      await pause(delayMs, signal).catch(() => {})
      return signal.aborted ? { kind: 'aborted' } : undefined
    },
  }
}
