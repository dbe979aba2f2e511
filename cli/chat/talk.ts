import type { Handout } from '../../core/plan/decisions.ts'
import type { Usage } from '../../core/scheduler/run.ts'
import type { Log } from '../../core/scheduler/world.ts'
import type { ConversationEnd } from '../../docker/agent/session/attempts.ts'
import type { Conversation } from '../../docker/agent/session/compaction.ts'
import { begin, type ConversationOptions, converse, said } from '../../docker/agent/session/converse.ts'
import { chooseModel } from '../../docker/agent/session/model.ts'
import { modelCalls } from '../../docker/agent/session/model-call.ts'
import { inWords } from '../../docker/agent/session/provider-error.ts'
import { loadApi } from '../../docker/agent/session/providers.ts'
import { pause } from '../../docker/agent/session/retry.ts'
import { Shell } from '../../docker/agent/session/shell.ts'
import { chooseThinking } from '../../docker/agent/session/thinking.ts'
import { createTools } from '../../docker/agent/session/tools.ts'
import { addUsage, nothingUsed } from '../../docker/agent/session/usage.ts'

export interface TalkOptions {
  /** Headers are resolved: their values hold the secrets themselves. */
  readonly model: Handout['model']
  readonly apiKey: string | undefined
  readonly systemPrompt: string
  /** Where tools work. */
  readonly directory: string
  /** Where the whole output of a command is kept if the model sees only a part of it. */
  readonly temporary: string
  /** All that the tools' processes see. */
  readonly environment: Readonly<Record<string, string>>
  readonly tell: ConversationOptions['tell']
  readonly log: Log
  /** Called whenever something was used. */
  readonly onUsage: (total: Usage) => void
  /** What no error may repeat. */
  readonly secrets: readonly string[]
}

/** A conversation of many turns: a person says something, the model answers, with the tools it asks for. */
export interface Talk {
  /** Resolves when the model has answered, or was stopped by the signal. Never rejects. */
  say(text: string, signal: AbortSignal): Promise<ConversationEnd>
  /** Whether the model's price is known, so that the counted cost means something. */
  readonly priced: boolean
  /** What the person should know of the model before the first turn. */
  readonly warning?: string
  /** Kills what tools have left running. */
  close(): void
}

/** Opens it; nothing is asked of the model yet. */
export async function openTalk(options: TalkOptions): Promise<Talk> {
  const { model: config, apiKey, log, secrets } = options
  const { model, priced, warning } = await chooseModel(config)
  const client = await loadApi(model.api)
  const shell = new Shell(options.directory, options.temporary)
  const tools = createTools(shell, options.environment)
  const headers = config.headers === undefined ? {} : { headers: config.headers }
  const key = apiKey === undefined ? {} : { apiKey }
  const calls = modelCalls({ model, client, ...key, ...headers, now: Date.now })
  const words = (text: string) => inWords(text, secrets)
  let conversation: Conversation | undefined
  let usage = nothingUsed
  return {
    priced,
    ...(warning !== undefined && { warning }),
    async say(text, signal) {
      if (conversation === undefined) conversation = begin(options.systemPrompt, tools, text)
      else conversation.messages.push(said(text))
      try {
        return await converse({
          model,
          thinking: chooseThinking(model, config.thinkingLevel, log),
          calls,
          tools,
          conversation,
          tell: options.tell,
          log,
          signal,
          used: (tokens, turns) => {
            usage = addUsage(usage, tokens, turns)
            options.onUsage(usage)
          },
          words,
          pause,
          chance: Math.random,
        })
      } catch (error) {
        if (signal.aborted) return { kind: 'aborted' }
        return { kind: 'failed', why: words(error instanceof Error ? error.message : String(error)) }
      } finally {
        if (signal.aborted) settle(conversation)
      }
    },
    close: () => shell.killAll(),
  }
}

/**
 * After an interruption the unfinished answer is not part of the conversation, and each tool call gets a result:
 * providers refuse a conversation in which one is missing.
 */
function settle(conversation: Conversation): void {
  const { messages } = conversation
  for (let last = messages.at(-1); last?.role === 'assistant'; last = messages.at(-1)) {
    if (last.stopReason !== 'aborted' && last.stopReason !== 'error') break
    messages.pop()
  }
  const asked = messages.findLastIndex(({ role }) => role === 'assistant')
  const message = messages[asked]
  if (message?.role !== 'assistant') return
  const answered = new Set(messages.slice(asked).flatMap((one) => (one.role === 'toolResult' ? [one.toolCallId] : [])))
  for (const part of message.content) {
    if (part.type !== 'toolCall' || answered.has(part.id)) continue
    messages.push({
      role: 'toolResult',
      toolCallId: part.id,
      toolName: part.name,
      content: [{ type: 'text', text: 'stopped by the person before it ended' }],
      isError: true,
      timestamp: Date.now(),
    })
  }
}
