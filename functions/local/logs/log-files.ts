import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Where logs lie: a directory for the scheduler and one for each agent, so that no name of an agent can be mistaken for
 * another's or for the scheduler; in it a file per day of UTC, an entry per line.
 *
 *   <root>/scheduler/2026-11-21.log
 *   <root>/agents/<name>/2026-11-21.log
 */
export const logDirectory = (root: string, agent?: string): string =>
  agent === undefined ? join(root, 'scheduler') : join(root, 'agents', agent)

/** The day of a moment (epoch milliseconds), in UTC, as files are named by. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)

export const fileOf = (directory: string, day: string): string => join(directory, `${day}.log`)

/** The days of which there is a file, the oldest first. */
export async function daysIn(directory: string): Promise<string[]> {
  try {
    const names = await readdir(directory)
    return names.flatMap((name) => /^(\d{4}-\d\d-\d\d)\.log$/.exec(name)?.[1] ?? []).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
