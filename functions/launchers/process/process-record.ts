import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Start } from '../machine/machine-launcher.ts'

/** What the next host has to know of a process. */
export interface ProcessRecord extends Start {
  /** Absent until it has been started. */
  readonly pid?: number
  /** When the system started it, in the system's own words. */
  readonly started?: string
  /** Its private directory. */
  readonly work: string
}

const file = 'process.json'

/** Written whole, or not at all. */
export function writeRecord(directory: string, record: ProcessRecord): void {
  writeFileSync(join(directory, `${file}.new`), JSON.stringify(record), { mode: 0o600 })
  renameSync(join(directory, `${file}.new`), join(directory, file))
}

/** Every start that has not been cleared away, by its directory; nothing where the host died before it was written. */
export function readRecords(parent: string): Map<string, ProcessRecord | undefined> {
  const found = readdirSync(parent, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return new Map(found.map(({ name }) => [join(parent, name), readRecord(join(parent, name))]))
}

function readRecord(directory: string): ProcessRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, file), 'utf8')) as ProcessRecord
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** What the gateway knows the process by. */
export const containerOf = ({ pid, started }: Pick<ProcessRecord, 'pid' | 'started'>): string =>
  `pid-${pid ?? 0}-${(started ?? '').replace(/[^0-9A-Za-z]+/g, '-')}`
