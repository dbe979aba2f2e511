import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MachineLauncherOptions } from '../machine/machine-launcher.ts'
import { fileTail } from './file-tail.ts'
import { isAlive, lookAgain, signalGroup } from './process-group.ts'
import { containerOf, type ProcessRecord } from './process-record.ts'

/** Milliseconds between two looks at what a process has printed. */
const readAgain = 100

type WatchOptions = Pick<MachineLauncherOptions, 'containerEnded' | 'onLine' | 'log'>

/** Follows processes to their end: their lines, their exit code, and then their private directory is removed. */
export function processWatch({ containerEnded, onLine, log }: WatchOptions) {
  const closing = new AbortController()
  const following = new Map<string, { readonly record: ProcessRecord; readonly task: Promise<void> }>()

  async function follow(directory: string, record: ProcessRecord, ended?: Promise<number | undefined>): Promise<void> {
    const { agent, run, suffix, attempt, work } = record
    const tails = (['stdout', 'stderr'] as const).map((stream) =>
      fileTail(join(directory, stream), (line) => onLine({ agent, run, stream, line })),
    )
    let over = false
    const watching = endOf(record, ended).then((code) => {
      over = true
      return code
    })
    while (!over && !closing.signal.aborted) {
      for (const tail of tails) tail.read()
      await Promise.race([watching, sleep(readAgain, undefined, { signal: closing.signal }).catch(() => {})])
    }
    // What runs goes on, and the next host reads on from here.
    if (closing.signal.aborted && !over) {
      for (const tail of tails) tail.flush()
      return
    }
    const code = await watching
    // Tools that it left behind hold its files, and may hold its secrets.
    await signalGroup(record, 'SIGKILL')
    for (const tail of tails) tail.finish()
    const reason = code === undefined ? 'its process ended while nobody was watching' : undefined
    await containerEnded({ agent, suffix, attempt, container: containerOf(record), code, reason })
    rmSync(work, { recursive: true, force: true })
    rmSync(directory, { recursive: true, force: true })
  }

  /** The exit code; nothing when it is no child of this host. */
  async function endOf(record: ProcessRecord, ended?: Promise<number | undefined>): Promise<number | undefined> {
    if (ended !== undefined) return await ended
    while (!closing.signal.aborted && (await isAlive(record))) {
      await sleep(lookAgain * 4, undefined, { signal: closing.signal }).catch(() => {})
    }
    return undefined
  }

  return {
    follow(directory: string, record: ProcessRecord, ended?: Promise<number | undefined>): void {
      const task = follow(directory, record, ended)
        .catch((error) => log('error', 'a process is no longer watched', { run: record.run, error: String(error) }))
        .finally(() => following.delete(directory))
      following.set(directory, { record, task })
    },
    following: (): ProcessRecord[] => [...following.values()].map(({ record }) => record),
    async cleared() {
      while (following.size > 0) await Promise.all([...following.values()].map(({ task }) => task))
    },
    async close() {
      closing.abort()
      await Promise.all([...following.values()].map(({ task }) => task))
    },
  }
}
