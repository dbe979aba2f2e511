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

export interface TmuxOptions {
  readonly columns?: number
  readonly rows?: number
  /** Where the shell begins. */
  readonly directory?: string
}

/** A shell in a terminal of this size, whose prompt is `ready$ `. */
export type Tmux = ReturnType<typeof openTmux>

export function openTmux({ columns = 100, rows = 24, directory: start = tmpdir() }: TmuxOptions = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'al-terminal-'))
  const tmux = (...args: string[]): string =>
    execFileSync('tmux', ['-u', '-S', join(directory, 'socket'), '-f', '/dev/null', ...args], { encoding: 'utf8' })
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', start, 'env', 'PS1=ready$ ', 'sh', '-i')
  /** The lines of the screen, without blanks at their ends; with `styles`, with the sequences that colour them. */
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
    /** A directory of the terminal, gone with it. */
    directory,
    screen,
    until,
    press: (...keys: readonly string[]) => void tmux('send-keys', ...keys),
    /** Types a text as it is. */
    type: (text: string) => void tmux('send-keys', '-l', text),
    /** As a terminal does it for programs that ask for it. */
    paste(text: string) {
      tmux('set-buffer', text)
      tmux('paste-buffer', '-p')
    },
    resize: (x: number, y: number) => void tmux('resize-window', '-x', String(x), '-y', String(y)),
    /** Waits until something holds on the screen. */
    async see(what: string | RegExp | ((screen: string) => boolean)): Promise<string> {
      let last = ''
      await until(() => {
        last = screen().join('\n')
        if (typeof what === 'string') return last.includes(what)
        return what instanceof RegExp ? what.test(last) : what(last)
      })
      return last
    },
    /** Starts to keep what is sent to the terminal; answers how to get it. */
    record() {
      const file = join(directory, 'sent')
      writeFileSync(file, '')
      tmux('pipe-pane', '-t', ':', `cat >> '${file}'`)
      return () => readFileSync(file, 'utf8')
    },
    [Symbol.dispose]() {
      tmux('kill-server')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
