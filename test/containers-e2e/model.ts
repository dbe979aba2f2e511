import type { Answer, Script } from '../../examples/scripted-model/script.ts'
import { startScriptedModel } from '../../examples/scripted-model/server.ts'
import { nameOfThisMachine, type Runtime } from './stage.ts'

/** A turn in which the agent types something. */
export const types = (command: string): Answer => ({ tools: [{ name: 'bash', input: { command } }] })

/** A script: what the agent types, one command after the other, and then it is done. */
export const typing = (...commands: string[]): Script => ({ turns: [...commands.map(types), { text: 'That is all.' }] })

/** A model that agents of this runtime reach, and what they have told it. */
export async function scriptedModel(runtime: Runtime, scripts: Readonly<Record<string, Script>>) {
  const model = await startScriptedModel({ scripts, hostname: '0.0.0.0' })
  const url = model.url.replace('0.0.0.0', nameOfThisMachine(runtime))
  return {
    url,
    /** Of an agent that plays this script. */
    toml: (script: string, more = '') =>
      `${more}\n[model]\nprovider = "anthropic"\nmodel = "scripted/${script}"\nbaseUrl = "${url}"\n`,
    /** How many conversations have begun by this script; an agent that is asked twice about one thing counts twice. */
    begun: (script: string) => conversations(script).filter((messages) => messages.length === 1).length,
    /** Everything that the tools of this script have printed. */
    printed: (script: string) => conversations(script).flatMap(results).join('\n'),
    [Symbol.asyncDispose]: model.close,
  }

  function conversations(script: string): readonly unknown[][] {
    const asked = model.requests.filter(({ body }) => body.model === `scripted/${script}`)
    return asked.map(({ body }) => body.messages as unknown[])
  }
}

interface Block {
  readonly type?: string
  readonly text?: string
  readonly content?: string | readonly Block[]
}

/** What the last message of a conversation says about tools. */
function results(messages: readonly unknown[]): string[] {
  const { content } = messages.at(-1) as { readonly content?: string | readonly Block[] }
  const blocks = typeof content === 'string' ? [] : (content ?? [])
  return blocks.filter(({ type }) => type === 'tool_result').map(({ content: said }) => textOf(said))
}

const textOf = (said: Block['content']): string =>
  typeof said === 'string' ? said : (said ?? []).map(({ text = '' }) => text).join('\n')
