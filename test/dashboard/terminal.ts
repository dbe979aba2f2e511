import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DashboardEvent, Status } from '../../cli/ui/dashboard/options.ts'

const stage = new URL('stage.ts', import.meta.url).pathname

/** Whether this machine has what it takes: tmux gives a real pseudo-terminal and says what is on its screen. */
export const hasTmux = (() => {
  try {
    return execFileSync('tmux', ['-V']).length > 0
  } catch {
    return false
  }
})()

export interface Terminal extends Disposable {
  readonly status: (status: Status) => void
  readonly happens: (...events: readonly (DashboardEvent | 'close' | 'crash')[]) => void
  readonly press: (...keys: readonly string[]) => void
  /** As a terminal does it for programs that ask for it. */
  readonly paste: (text: string) => void
  readonly resize: (columns: number, rows: number) => void
  /** The lines of the screen, without blanks at their ends; with `styles`, with the sequences that colour them. */
  readonly screen: (styles?: 'styles') => string[]
  /** What was asked of the host so far. */
  readonly asked: () => string[]
  /** Waits until something holds on the screen. */
  readonly see: (what: string | RegExp | ((screen: string) => boolean)) => Promise<string>
  readonly until: (holds: () => boolean) => Promise<void>
  /** Waits until the state has been read so many times more. */
  readonly reads: (more: number) => Promise<void>
  /** Starts to keep what is sent to the terminal; answers how to get it. */
  readonly record: () => () => string
  /** Lets the program go on without the file its state stands in. */
  readonly loseStatus: () => void
}

interface TerminalOptions {
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
  /** The file that is the program's standard input. */
  readonly input?: string
}

/** Opens the view in a terminal of this size; the shell it was started from stays behind it. */
export function openTerminal(
  first: Status | undefined,
  { columns = 100, rows = 24, env = {}, input = '/dev/tty' }: TerminalOptions = {},
): Terminal {
  const directory = mkdtempSync(join(tmpdir(), 'al-dashboard-'))
  const tmux = (...args: string[]): string =>
    execFileSync('tmux', ['-u', '-S', join(directory, 'socket'), '-f', '/dev/null', ...args], { encoding: 'utf8' })
  const file = (name: string): string => join(directory, name)
  const status = (next: Status): void => {
    writeFileSync(file('next.json'), JSON.stringify(next))
    renameSync(file('next.json'), file('status.json'))
  }
  if (first !== undefined) status(first)
  const variables = Object.entries({ LANG: 'C.UTF-8', LC_ALL: '', NO_COLOR: '', TZ: 'UTC', ...env })
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), 'env', 'PS1=ready$ ', 'sh', '-i')
  // A terminal of a person: libraries take none for one in CI.
  const command = [
    'env',
    '-u',
    'CI',
    ...variables.map(([name, value]) => `${name}=${value}`),
    process.execPath,
    stage,
    directory,
  ]
  // What is written before stands where the view must not begin.
  tmux(
    'send-keys',
    '-l',
    `printf 'half a line '; ${command.map((word) => `'${word}'`).join(' ')} < ${input}; echo "exit code $?"`,
  )
  tmux('send-keys', 'Enter')

  const screen = (styles?: 'styles'): string[] =>
    tmux('capture-pane', '-p', ...(styles === undefined ? [] : ['-e']))
      .split('\n')
      .slice(0, -1)
      .map((line) => line.trimEnd())
  const until = async (holds: () => boolean): Promise<void> => {
    const deadline = Date.now() + 15_000
    while (!holds()) {
      if (Date.now() > deadline) throw new Error(`this never came; the screen is\n${screen().join('\n')}`)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
  return {
    status,
    happens: (...events) => {
      const lines = events.map((event) => `${typeof event === 'string' ? event : JSON.stringify(event)}\n`)
      appendFileSync(file('events.jsonl'), lines.join(''))
    },
    press: (...keys) => void tmux('send-keys', ...keys),
    paste(text) {
      tmux('set-buffer', text)
      tmux('paste-buffer', '-p')
    },
    resize: (x, y) => void tmux('resize-window', '-x', String(x), '-y', String(y)),
    screen,
    asked: () => (existsSync(file('asked.txt')) ? readFileSync(file('asked.txt'), 'utf8').trim().split('\n') : []),
    until,
    async see(what) {
      let last = ''
      await until(() => {
        last = screen().join('\n')
        if (typeof what === 'string') return last.includes(what)
        return what instanceof RegExp ? what.test(last) : what(last)
      })
      return last
    },
    async reads(more) {
      const count = () => (existsSync(file('reads.txt')) ? readFileSync(file('reads.txt')).length : 0)
      const before = count()
      await until(() => count() >= before + more)
    },
    record() {
      writeFileSync(file('sent'), '')
      tmux('pipe-pane', '-t', ':', `cat >> '${file('sent')}'`)
      return () => readFileSync(file('sent'), 'utf8')
    },
    loseStatus: () => rmSync(file('status.json')),
    [Symbol.dispose]() {
      tmux('kill-server')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
