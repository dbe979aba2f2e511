import {
  type AgentEvent,
  type AgentMessage,
  type AgentTool,
  CompactionError,
  convertToLlm,
  runAgentLoopContinue,
  type ThinkingLevel,
} from '@earendil-works/pi-agent-core'
import { type Api, type Model, normalizeContext, type Usage as Tokens, toToolDeclaration } from '@earendil-works/pi-ai'
import { type AttemptsOptions, attempts, type ConversationEnd } from './attempts.ts'
import { type Conversation, compactConversation, isNearlyFull, type Request } from './compaction.ts'
import type { ModelCalls } from './model-call.ts'
import { textOf } from './narrator.ts'
import { readProviderError } from './provider-error.ts'

export interface ConversationOptions extends AttemptsOptions {
  readonly model: Model<Api>
  readonly thinking: ThinkingLevel
  readonly calls: ModelCalls
  readonly tools: AgentTool[]
  /** Where it goes on: it ends with what a user said, or with results of tools. What comes is added to it. */
  readonly conversation: Conversation
  readonly tell: (event: AgentEvent) => void
  /** Tokens of one call of the model; `turns` is 1 if the agent got on by it. */
  readonly used: (tokens: Tokens, turns: 0 | 1) => void
}

/** An answer that was cut off at the limit of output tokens is continued so many times. */
const mostContinuations = 3

/**
 * Runs the library's loop of turns until the model is done. The loop ends at an error, at a full context window and at an
 * abort; what comes next is decided here, by the stop reason of the last turn, and goes on with the same conversation.
 */
export async function converse(options: ConversationOptions): Promise<ConversationEnd> {
  const { model, calls, log, signal, words, conversation } = options
  const tries = attempts(options)
  let continuations = 0
  let madeRoomForRetry = false

  const runTurns = () =>
    runAgentLoopContinue(
      { messages: conversation.messages, tools: options.tools },
      {
        model,
        ...(options.thinking !== 'off' && { reasoning: options.thinking }),
        convertToLlm,
        finishTurn: ({ toolResults }) => {
          const goesOn = toolResults.length > 0
          return signal.aborted || (goesOn && isNearlyFull(conversation, model)) ? { action: 'end' } : undefined
        },
      },
      (event) => {
        options.tell(event)
        if (event.type !== 'message_end' || event.message.role !== 'assistant') return
        const { stopReason, usage } = event.message
        const failed = stopReason === 'error' || stopReason === 'aborted'
        if (!failed) {
          tries.succeeded()
          madeRoomForRetry = false
        }
        options.used(usage, failed ? 0 : 1)
      },
      signal,
      calls.stream,
    )

  /** Makes room in the context window; the answer is the conversation's end if the model refused to help. */
  const makeRoom = async (): Promise<ConversationEnd | 'compacted' | 'nothing'> => {
    let end: ConversationEnd | undefined
    const request: Request = async (context, requestOptions) => {
      for (;;) {
        const stream = await calls.stream(model, normalizeContext(context), { ...requestOptions, signal })
        const message = await stream.result()
        options.used(message.usage, 0)
        if (message.stopReason !== 'error') {
          tries.succeeded()
          return message
        }
        end = await tries.failed(message, calls.lastAnswer())
        if (end) return message
      }
    }
    try {
      const done = await compactConversation(conversation, model, request, signal)
      if (done === 'compacted') log('info', 'context compacted', { tokensBefore: conversation.summary?.tokensBefore })
      return done
    } catch (error) {
      if (signal.aborted) return { kind: 'aborted' }
      if (end) return end
      if (!(error instanceof CompactionError)) throw error
      log('warn', 'context not compacted', { error: words(error.message) })
      return 'nothing'
    }
  }

  for (;;) {
    await runTurns()
    if (signal.aborted) return { kind: 'aborted' }
    const last = conversation.messages.at(-1)

    if (last?.role !== 'assistant') {
      // The loop was ended between two turns, to make room.
      const room = await makeRoom()
      if (typeof room === 'object') return room
    } else if (last.stopReason === 'error') {
      // A failed turn is no part of the conversation: the next attempt is made as if it had not been.
      conversation.messages.pop()
      const answer = calls.lastAnswer()
      if (readProviderError(last, answer).kind === 'overflow' && !madeRoomForRetry) {
        madeRoomForRetry = true
        const room = await makeRoom()
        if (typeof room === 'object') return room
        if (room === 'compacted') continue
      }
      const end = await tries.failed(last, answer)
      if (end) return end
    } else if (last.stopReason === 'length') {
      continuations += 1
      if (continuations > mostContinuations) {
        return { kind: 'failed', why: `the answer was cut off at the limit of ${model.maxTokens} output tokens` }
      }
      log('warn', 'answer cut off at the limit of output tokens, going on', { maxTokens: model.maxTokens })
      conversation.messages.push(said('Your answer was cut off at the limit of output tokens. Go on where it ended.'))
      const room = isNearlyFull(conversation, model) ? await makeRoom() : undefined
      if (typeof room === 'object') return room
    } else if (last.stopReason === 'stop') {
      return { kind: 'completed', text: textOf(last.content) }
    } else {
      return { kind: 'failed', why: `the model stopped with "${last.stopReason}"` }
    }
  }
}

/** A conversation in which the model has not said anything yet. */
export function begin(systemPrompt: string, tools: readonly AgentTool[], prompt: string): Conversation {
  const toolsAdded = tools.map(toToolDeclaration)
  const system = { role: 'system' as const, content: systemPrompt, toolsAdded, timestamp: Date.now() }
  return { system, messages: [system, said(prompt)] }
}

/** What a person says to the model. */
export const said = (text: string): AgentMessage => ({ role: 'user', content: text, timestamp: Date.now() })
