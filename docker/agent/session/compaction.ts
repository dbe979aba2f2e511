import {
  type AgentMessage,
  BACKGROUND_CONTEXT,
  type CompactionSettings,
  compact,
  convertToLlm,
  createCompactionSummaryMessage,
  prepareCompaction,
  shouldCompact,
  withAbortSignal,
} from '@earendil-works/pi-agent-core'
import type {
  Api,
  AssistantMessage,
  Context,
  Model,
  Models,
  SimpleStreamOptions,
  SystemMessage,
} from '@earendil-works/pi-ai'
import { estimateContextTokens } from '@earendil-works/pi-ai/utils/estimate'

/** The messages of one session: the system message first. What was summarized is replaced by the summary. */
export interface Conversation {
  readonly system: SystemMessage
  messages: AgentMessage[]
  summary?: Summary
}

interface Summary {
  readonly text: string
  /** The messages that stand behind the summary word for word. */
  readonly tail: readonly AgentMessage[]
  readonly tokensBefore: number
  readonly at: number
}

/** One request to the model, with the retries of every request; what it uses counts. */
export type Request = (context: Context, options: SimpleStreamOptions) => Promise<AssistantMessage>

/** The library keeps 16,384 tokens free and the last 20,000 as they are; small windows give a quarter for either. */
function settingsFor({ contextWindow }: Model<Api>): CompactionSettings {
  const quarter = Math.floor(contextWindow / 4)
  return { enabled: true, reserveTokens: Math.min(16_384, quarter), keepRecentTokens: Math.min(20_000, quarter) }
}

/** Whether the conversation has come near the end of the model's context window. */
export function isNearlyFull({ messages }: Conversation, model: Model<Api>): boolean {
  const { tokens } = estimateContextTokens(convertToLlm([...messages]))
  return shouldCompact(tokens, model.contextWindow, settingsFor(model))
}

/**
 * Replaces the older part of the conversation by a summary that the model writes. The answer is `nothing` if there is
 * no older part. Errors of the provider are those that `request` throws.
 */
export async function compactConversation(
  conversation: Conversation,
  model: Model<Api>,
  request: Request,
  signal: AbortSignal,
): Promise<'compacted' | 'nothing'> {
  const prepared = prepareCompaction(entriesOf(conversation), settingsFor(model))
  if (!prepared.ok) throw prepared.error
  const preparation = prepared.value
  if (!preparation || preparation.messagesToSummarize.length + preparation.turnPrefixMessages.length === 0) {
    return 'nothing'
  }
  // Of all that the library's registry of models can do, a summary needs this.
  const models = { completeSimple: (_model, context, options) => request(context, options ?? {}) } satisfies Pick<
    Models,
    'completeSimple'
  > as Pick<Models, 'completeSimple'> as Models
  const context = withAbortSignal(signal, BACKGROUND_CONTEXT)
  const result = await compact(preparation, models, model, undefined, undefined, undefined, undefined, context)
  if (!result.ok) throw result.error
  const { summary: text, retainedTail: tail, tokensBefore } = result.value
  const at = Date.now()
  conversation.summary = { text, tail, tokensBefore, at }
  conversation.messages = [conversation.system, createCompactionSummaryMessage(text, tokensBefore, at), ...tail]
  return 'compacted'
}

type Entries = Parameters<typeof prepareCompaction>[0]

/** The library compacts a stored session; this is ours in its form. */
function entriesOf({ messages, summary }: Conversation): Entries {
  const entry = (message: AgentMessage, index: number) => ({
    type: 'message' as const,
    id: `m${index}`,
    parentId: index === 0 ? null : `m${index - 1}`,
    seq: index + 1,
    timestamp: message.timestamp,
    message,
  })
  if (!summary) return messages.slice(1).map(entry)
  const { text, tail, tokensBefore, at } = summary
  const later = messages.slice(2 + tail.length)
  const first = { type: 'compaction' as const, id: 'summary', parentId: null, seq: 0, timestamp: at, fromHook: false }
  return [{ ...first, summary: text, retainedTail: [...tail], tokensBefore }, ...later.map(entry)]
}
