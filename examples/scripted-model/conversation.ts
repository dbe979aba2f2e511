import { hash } from 'node:crypto'
import type { Script } from './script.ts'

/** The two protocols differ in names only; this is what a script is chosen and played by. */
export interface Conversation {
  readonly model: string
  /** The text of the first message of the user. */
  readonly opening: string
  /** The number of the turn that is asked for, from 0. */
  readonly turn: number
  /** Tells conversations apart; of one whose beginning was summarized it is known from the calls of its later turns. */
  readonly key: string
  /** A request to summarize offers no tools. */
  readonly offersTools: boolean
}

type Json = Readonly<Record<string, unknown>>

/** Reads a request of any of the three protocols: `messages` of Anthropic and of chat completions, `input` of responses. */
export function readConversation(body: Json): Conversation {
  const items = list(body.messages ?? body.input)
  const model = String(body.model ?? '')
  const opening = textOf(items.find(({ role }) => role === 'user')?.content)
  const calls = [...JSON.stringify(items).matchAll(/call_([0-9a-f]{8})_t(\d+)c\d+/g)]
  return {
    model,
    opening,
    turn: Math.max(answersIn(items), ...calls.map(([, , turn]) => Number(turn) + 1)),
    key: calls[0]?.[1] ?? hash('sha256', JSON.stringify([model, opening])).slice(0, 8),
    offersTools: list(body.tools).length > 0,
  }
}

/** The id of a tool call carries its conversation and turn, so that the beginning of a conversation may be summarized. */
export const callId = ({ key, turn }: Conversation, call: number): string => `call_${key}_t${turn}c${call}`

/** Responses list the parts of one answer as items of their own; those that stand together are one turn. */
function answersIn(items: readonly Json[]): number {
  const isAnswer = ({ role, type }: Json) => role === 'assistant' || type === 'function_call' || type === 'reasoning'
  return items.filter((item, index) => {
    const before = items[index - 1]
    return isAnswer(item) && !(before && isAnswer(before))
  }).length
}

/** Name and script for a conversation: by the model `scripted/<name>`, else by the prompt, else the one named `default`. */
export function chooseScript(
  scripts: Readonly<Record<string, Script>>,
  { model, opening }: Conversation,
): readonly [string, Script] | undefined {
  const named = model.startsWith('scripted/') ? model.slice('scripted/'.length) : undefined
  const entries = Object.entries(scripts)
  return (
    entries.find(([name]) => name === named) ??
    entries.find(([, { prompt }]) => prompt !== undefined && opening.includes(prompt)) ??
    entries.find(([name]) => name === 'default')
  )
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return list(content)
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .join('\n')
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : []
}
