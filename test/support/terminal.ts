import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether this machine has what it takes: tmux gives a real pseudo-terminal and says what is on its screen. */
export const hasTmux = (() => {
  try {
    return execFileSync('tmux', ['-V']).length > 0
  } catch {
    return false
  }
})()

/** A shell in a terminal, at which a person sits. */
export interface Terminal extends Disposable {
  /** A directory of the terminal, gone with it. */
  readonly directory: string
  /** Types a line and presses Enter. */
  readonly line: (text: string) => void
  /** Types text as it is. */
  readonly type: (text: string) => void
  /** Keys by the names that tmux gives them: `Enter`, `C-c`, `Down`. */
  readonly press: (...keys: readonly string[]) => void
  /** As a terminal does it for programs that ask for it. */
  readonly paste: (text: string) => void
  readonly resize: (columns: number, rows: number) => void
  /** What is on the screen, without blanks at the ends of lines. */
  readonly screen: () => string
  /** The same line by line, down to the last one; with `styles`, with the sequences that colour them. */
  readonly lines: (styles?: 'styles') => string[]
  /** What has ever been sent to the screen, or since the last `forget`. */
  readonly sent: () => string
  readonly forget: () => void
  /** How often the shell has prompted so far. */
  readonly prompts: () => number
  /** Waits until the shell has prompted so often, which it does when a command has ended. */
  readonly prompted: (times: number, seconds?: number) => Promise<void>
  /** Waits until something holds. */
  readonly until: (holds: () => boolean) => Promise<void>
  /** Waits until something is on the screen, and answers the screen. */
  readonly see: (what: string | RegExp | ((screen: string) => boolean), seconds?: number) => Promise<string>
}

export interface TerminalOptions {
  readonly cwd?: string
  readonly columns?: number
  readonly rows?: number
  /** All that the shell has in its environment, besides `TERM`. Absent: that of this process. */
  readonly env?: Readonly<Record<string, string>>
}

/** Opens a terminal with a shell that prompts with `ready$ `. */
export function openShell({ cwd = tmpdir(), columns = 110, rows = 40, env }: TerminalOptions = {}): Terminal {
  const directory = mkdtempSync(join(tmpdir(), 'al-terminal-'))
  const tmux = (...args: readonly string[]): string =>
    execFileSync('tmux', ['-u', '-S', join(directory, 'socket'), '-f', '/dev/null', ...args], { encoding: 'utf8' })
  const shell = env === undefined ? ['env', 'PS1=ready$ '] : ['env', '-i', ...variables({ ...alone, ...env })]
  tmux('new-session', '-d', '-c', cwd, '-x', String(columns), '-y', String(rows), ...shell, 'sh', '-i')
  let record = ''
  let records = 0
  const forget = (): void => {
    record = join(directory, `sent-${++records}`)
    writeFileSync(record, '')
    tmux('pipe-pane', '-t', ':', `cat >> '${record}'`)
  }
  forget()
  const lines = (styles?: 'styles'): string[] =>
    tmux('capture-pane', '-p', ...(styles === undefined ? [] : ['-e']))
      .split('\n')
      .slice(0, -1)
      .map((line) => line.trimEnd())
  const screen = (): string => lines().join('\n').trimEnd()
  const type = (text: string) => void tmux('send-keys', '-l', text)
  const press = (...keys: readonly string[]) => void tmux('send-keys', ...keys)
  const sent = (): string => readFileSync(record, 'utf8')
  const prompts = (): number => sent().split('ready$ ').length - 1
  const until = async (holds: () => boolean, what: string, seconds: number): Promise<void> => {
    const deadline = Date.now() + seconds * 1000
    while (!holds()) {
      if (Date.now() > deadline) throw new Error(`${what} never came; the screen is\n${screen()}`)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
  return {
    directory,
    type,
    press,
    lines,
    resize: (x, y) => void tmux('resize-window', '-x', String(x), '-y', String(y)),
    until: (holds) => until(holds, 'this', 30),
    line(text) {
      type(text)
      press('Enter')
    },
    paste(text) {
      tmux('set-buffer', '--', text)
      tmux('paste-buffer', '-p')
    },
    screen,
    sent,
    forget,
    prompts,
    prompted: (times, seconds = 60) => until(() => prompts() >= times, 'the prompt', seconds),
    async see(what, seconds = 30) {
      let seen = ''
      await until(
        () => {
          seen = screen()
          if (typeof what === 'string') return seen.includes(what)
          return what instanceof RegExp ? what.test(seen) : what(seen)
        },
        String(what),
        seconds,
      )
      return seen
    },
    [Symbol.dispose]() {
      tmux('kill-server')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** What a shell has that has nothing else. */
const alone = { TERM: 'screen-256color', LANG: 'C.UTF-8', TZ: 'UTC', PS1: 'ready$ ' }

const variables = (env: Readonly<Record<string, string>>): string[] =>
  Object.entries(env).map(([name, value]) => `${name}=${value}`)
