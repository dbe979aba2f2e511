import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import type { LogEntry } from '../../gateway/log-source.ts'
import { dayOf, daysIn, fileOf, logDirectory } from './log-files.ts'

export interface LogWriter {
  /** Adds an entry to an agent's log, or to the scheduler's. Never throws. */
  write(agent: string | undefined, entry: LogEntry): void
  /** Removes files older than `keptDays`. */
  removeOld(): Promise<void>
}

export interface LogWriterOptions {
  readonly root: string
  readonly now: () => number
  /** Told once when entries cannot be written, and again after it had worked in between. */
  readonly onFailure: (error: unknown) => void
}

/** Days that a log is kept, today's not counted. */
const keptDays = 14

const day = 24 * 3600_000

/**
 * Writes each entry as it comes, with one call of the system: what was written survives the host, and files of yesterday
 * need no closing. The first write to a file ends a line that a crash or a full disk has cut off.
 */
export function logWriter({ root, now, onFailure }: LogWriterOptions): LogWriter {
  const begun = new Set<string>()
  let failing = false
  return {
    write(agent, entry) {
      const directory = logDirectory(root, agent)
      const file = fileOf(directory, dayOf(now()))
      try {
        if (!begun.has(file)) begin(directory, file)
        begun.add(file)
        appendFileSync(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 })
        failing = false
      } catch (error) {
        // Whatever was written of it, and whoever removed the directory: begin again.
        begun.delete(file)
        if (!failing) onFailure(error)
        failing = true
      }
    },
    async removeOld() {
      const oldest = dayOf(now() - keptDays * day)
      begun.clear()
      for (const directory of await directories(root)) {
        const old = (await daysIn(directory)).filter((one) => one < oldest)
        for (const one of old) await rm(fileOf(directory, one), { force: true })
      }
    },
  }
}

/** Logs hold what agents see: they are for their owner alone. */
function begin(directory: string, file: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const descriptor = openSync(file, 'a+', 0o600)
  try {
    const { size } = fstatSync(descriptor)
    const last = Buffer.alloc(1)
    if (size === 0 || readSync(descriptor, last, 0, 1, size - 1) === 0 || last.toString() === '\n') return
    appendFileSync(descriptor, '\n')
  } finally {
    closeSync(descriptor)
  }
}

async function directories(root: string): Promise<string[]> {
  const agents = await readdir(`${root}/agents`).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return [logDirectory(root), ...agents.map((name) => logDirectory(root, name))]
}
