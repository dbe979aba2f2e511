import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Log } from '../../../core/scheduler/world.ts'
import { PreflightError } from './preflight-error.ts'

/** Where a step writes to, with the directories above it made. `written` is the path as the configuration has it. */
export async function outputPath(path: string, directory: string, written: string): Promise<string> {
  const absolute = resolve(directory, path)
  await mkdir(dirname(absolute), { recursive: true }).catch((error: unknown) => {
    throw cannotWrite(written, error)
  })
  return absolute
}

export function cannotWrite(written: string, error: unknown): PreflightError {
  const { code } = error as NodeJS.ErrnoException
  const advice = code === 'EROFS' || code === 'EACCES' ? '; use a path under the work directory, such as /tmp' : ''
  return new PreflightError(`cannot write to ${written} (${code ?? 'unknown'})${advice}`)
}

/** At most so many lines of a step's own output go to the log. */
const most = 500
const longest = 2000

/** Logs what a process prints, a line each. What is left out is said. */
export function lineLogger(log: Log, level: 'info' | 'warn', message: string, length = longest) {
  let rest = ''
  let lines = 0
  const say = (line: string) => {
    if (line.trim() === '' || ++lines > most) return
    log(level, message, { text: line.slice(0, length) })
    if (lines === most) log('warn', `${message}: the rest is left out`, { lines: most })
  }
  return {
    write(chunk: string) {
      const parts = (rest + chunk).split('\n')
      rest = parts.pop() ?? ''
      for (const line of parts) say(line)
      // A line without an end is no reason to keep all of it.
      if (rest.length > 64 * 1024) {
        say(rest)
        rest = ''
      }
    },
    end() {
      say(rest)
      rest = ''
    },
  }
}
