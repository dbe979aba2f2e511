import { shellWord } from '../../core/shell-word.ts'
import type { Message, Ui } from './ui.ts'

/** Where a command was told to look: the values of -p and -E, as they were typed. */
export interface Given {
  readonly project?: string
  readonly env?: string
}

/** The commands that are about no project. */
const placeless = new Set(['new', 'creds', 'help'])

/**
 * Completes the commands that a text names, as `al stat`, by the -p and -E that were given: what is told to be typed next must
 * lead to the same project. What a command has already stays.
 */
export function inSamePlace(text: string, { project = '.', env }: Given): string {
  if (project === '.' && env === undefined) return text
  return text.replaceAll(/`al ([a-z][^`]*)`/g, (whole, command: string) => {
    const [first = ''] = command.split(' ')
    if (placeless.has(first) || command.includes('--help')) return whole
    const more = [
      ...(project === '.' || / (?:-p|--project)\b/.test(command) ? [] : ['-p', shellWord(project)]),
      // Environments are what `al env` is about: it takes none.
      ...(env === undefined || first === 'env' || / (?:-E|--env)\b/.test(command) ? [] : ['-E', shellWord(env)]),
    ]
    return `\`al ${[command, ...more].join(' ')}\``
  })
}

/** The same for everything that a command says to people, except what agents have said. */
export function uiInSamePlace(ui: Ui, given: Given): Ui {
  const complete = (message: Message): Message =>
    message.kind === 'text' || message.kind === 'note' || message.kind === 'warning' || message.kind === 'error'
      ? { ...message, text: inSamePlace(message.text, given) }
      : message
  return { emit: (message) => ui.emit(complete(message)) }
}
