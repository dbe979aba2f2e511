import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DashboardEvent, Status } from '../../cli/ui/dashboard/options.ts'
import { openShell, type Terminal as Shell } from '../support/terminal.ts'

const stage = new URL('stage.ts', import.meta.url).pathname

export interface Terminal extends Omit<Shell, 'type' | 'line' | 'directory'> {
  readonly status: (status: Status) => void
  readonly happens: (...events: readonly (DashboardEvent | 'close' | 'crash')[]) => void
  /** What was asked of the host so far. */
  readonly asked: () => string[]
  /** Waits until the state has been read so many times more. */
  readonly reads: (more: number) => Promise<void>
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
  const { type, line: _, directory, ...terminal } = openShell({ columns, rows })
  const file = (name: string): string => join(directory, name)
  const status = (next: Status): void => {
    writeFileSync(file('next.json'), JSON.stringify(next))
    renameSync(file('next.json'), file('status.json'))
  }
  if (first !== undefined) status(first)
  const variables = Object.entries({ LANG: 'C.UTF-8', LC_ALL: '', NO_COLOR: '', TZ: 'UTC', ...env })
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
  type(`printf 'half a line '; ${command.map((word) => `'${word}'`).join(' ')} < ${input}; echo "exit code $?"`)
  terminal.press('Enter')
  return {
    ...terminal,
    status,
    happens: (...events) => {
      const lines = events.map((event) => `${typeof event === 'string' ? event : JSON.stringify(event)}\n`)
      appendFileSync(file('events.jsonl'), lines.join(''))
    },
    asked: () => (existsSync(file('asked.txt')) ? readFileSync(file('asked.txt'), 'utf8').trim().split('\n') : []),
    async reads(more) {
      const count = () => (existsSync(file('reads.txt')) ? readFileSync(file('reads.txt')).length : 0)
      const before = count()
      await terminal.until(() => count() >= before + more)
    },
    loseStatus: () => rmSync(file('status.json')),
  }
}
