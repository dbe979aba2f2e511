import type { AgentEvent, AgentMessage } from '@earendil-works/pi-agent-core'
import type { AssistantMessage } from '@earendil-works/pi-ai'
import type { Log } from '../../../core/scheduler/world.ts'
import { isRefusal } from './unrecoverable.ts'

/** Tells in log lines what happens in a session. */
export interface Narrator {
  readonly tell: (event: AgentEvent) => void
  /** So many events so far. */
  readonly count: () => number
}

/** `refused` is called for each failed command by which a remote service refused the agent's credentials. */
export function narrator(log: Log, refused: () => void): Narrator {
  let eventCount = 0
  const commands = new Map<string, string>()
  return {
    count: () => eventCount,
    tell: (event) => {
      if (event.type === 'message_update' || event.type === 'tool_execution_update') return
      eventCount += 1
      log('debug', 'event', { type: event.type, eventCount, ...extract(event) })
      switch (event.type) {
        case 'message_end': {
          const text = isAnswer(event.message) ? textOf(event.message.content) : ''
          if (text !== '') log('info', 'assistant', { text })
          return
        }
        case 'tool_execution_start': {
          const command = commandOf(event.args)
          if (event.toolName === 'bash' && command !== undefined) {
            commands.set(event.toolCallId, command)
            log('info', 'bash', { cmd: command })
          }
          log('debug', 'tool start', { tool: event.toolName })
          return
        }
        case 'tool_execution_end': {
          const text = textOf(event.result?.content)
          const cmd = commands.get(event.toolCallId)
          commands.delete(event.toolCallId)
          if (!event.isError) {
            log('debug', 'tool done', { tool: event.toolName, resultLength: text.length })
            return
          }
          log('error', 'tool error', { tool: event.toolName, ...(cmd !== undefined && { cmd }), result: ending(text) })
          if (event.toolName === 'bash' && isRefusal(text)) refused()
          return
        }
        default:
      }
    },
  }
}

/** A turn that failed in the middle is made again, and so is its text. */
function isAnswer(message: AgentMessage): message is AssistantMessage {
  return message.role === 'assistant' && message.stopReason !== 'error' && message.stopReason !== 'aborted'
}

/** What a command has to say about its failure comes last. */
const ending = (text: string): string => (text.length <= 1000 ? text : `…${text.slice(-999)}`)

function commandOf(args: unknown): string | undefined {
  if (typeof args !== 'object' || args === null || !('command' in args)) return undefined
  return typeof args.command === 'string' ? args.command.slice(0, 200) : undefined
}

/** The text of a message or a tool's result. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .flatMap((part) => (part?.type === 'text' && typeof part.text === 'string' ? [part.text] : []))
    .join('\n')
}

function extract(event: AgentEvent): Record<string, unknown> {
  switch (event.type) {
    case 'message_start':
    case 'message_end': {
      const { message } = event
      const text = 'content' in message ? textOf(message.content).slice(0, 500) : ''
      return {
        role: message.role,
        ...(text !== '' && { text }),
        ...(message.role === 'assistant' && { stopReason: message.stopReason }),
      }
    }
    case 'tool_execution_start':
      return { tool: event.toolName, args: JSON.stringify(event.args).slice(0, 500) }
    case 'tool_execution_end':
      return { tool: event.toolName, isError: event.isError }
    default:
      return {}
  }
}
