import type { AgentEvent } from '@earendil-works/pi-agent-core'
import type { Log } from '../../core/scheduler/world.ts'
import { textOf } from '../../docker/agent/session/narrator.ts'
import type { Screen } from './screen.ts'

/** Shows what happens in a conversation while it happens. */
export function teller(screen: Pick<Screen, 'model' | 'command' | 'output' | 'note' | 'working'>): {
  readonly event: (event: AgentEvent) => void
  readonly log: Log
} {
  let answer: ReturnType<Screen['model']> | undefined
  const show = (text: string) => {
    if (text.trim() === '') return
    if (answer === undefined) answer = screen.model(text)
    else answer.grow(text)
  }
  return {
    event(event) {
      switch (event.type) {
        case 'message_start':
          answer = undefined
          if (event.message.role === 'assistant') screen.working('thinking')
          return
        case 'message_update':
        case 'message_end':
          if (event.message.role === 'assistant') show(textOf(event.message.content))
          return
        case 'tool_execution_start':
          screen.command(commandOf(event.toolName, event.args))
          screen.working(`${event.toolName} is at work`)
          return
        case 'tool_execution_end':
          screen.output(textOf(event.result?.content), event.isError)
          return
        default:
      }
    },
    log(level, text, fields) {
      if (level !== 'warn' && level !== 'error' && text !== 'context compacted') return
      const { error, delayMs } = { error: undefined, delayMs: undefined, ...fields }
      const why = typeof error === 'string' ? `: ${error}` : ''
      const when = typeof delayMs === 'number' ? `; again in ${Math.ceil(delayMs / 1000)} s` : ''
      screen.note(`${text}${why}${when}`, level === 'error' ? 'error' : 'warning')
    },
  }
}

/** `$ git status`, `read ACTIONS.md`. */
function commandOf(tool: string, args: unknown): string {
  const { command, path } = { command: undefined, path: undefined, ...(args as Record<string, unknown> | null) }
  if (tool === 'bash' && typeof command === 'string') return `$ ${command}`
  return typeof path === 'string' ? `${tool} ${path}` : tool
}
