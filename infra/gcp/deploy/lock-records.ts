import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Lock } from './deploy-failure.ts'

/**
 * Which locks on a state were taken from here, and by which processes. What Pulumi writes into a lock, the name of a host and
 * a number of a process, proves nothing: containers have the name of their host, or each other's, and numbers of their own. A
 * process is known to have ended only where it was counted, so a record says where that was.
 */
export interface LockRecords {
  /** Writes down that a process group of this machine holds a lock. */
  remember(lock: Pick<Lock, 'name'>, group: number): void
  /** Forgets a lock that is not held any more. */
  forget(lock: Pick<Lock, 'name'>): void
  /** Whether the holder of a lock is known to have ended. */
  isOver(lock: Pick<Lock, 'name'>): boolean
}

interface LockRecord {
  readonly group: number
  readonly where: string
}

/** Milliseconds for which a record is kept. */
const kept = 30 * 24 * 3600_000

/**
 * `directory` is Pulumi's own in this user's cache. `where` names this kernel since it was started, and the space that processes
 * are counted in; unknown outside of Linux, where nothing is written down and nothing is known.
 */
export function lockRecords(directory: string, where: string | undefined = processSpace()): LockRecords {
  const records = join(directory, 'locks')
  const file = ({ name = '' }: Pick<Lock, 'name'>) => join(records, name.slice(name.lastIndexOf('/') + 1))
  return {
    remember(lock, group) {
      if (where === undefined || lock.name === undefined) return
      mkdirSync(records, { recursive: true })
      for (const one of readdirSync(records)) {
        const old = join(records, one)
        const { mtimeMs = Date.now() } = statSync(old, { throwIfNoEntry: false }) ?? {}
        if (Date.now() - mtimeMs > kept) rmSync(old, { force: true })
      }
      writeFileSync(file(lock), JSON.stringify({ group, where } satisfies LockRecord))
    },
    forget(lock) {
      if (lock.name !== undefined) rmSync(file(lock), { force: true })
    },
    isOver(lock) {
      const record = lock.name === undefined ? undefined : readRecord(file(lock))
      return record !== undefined && record.where === where && !runs(-record.group)
    },
  }
}

/** Where Pulumi's plugins and these records are kept: in the user's cache. */
export const pulumiCache = ({ XDG_CACHE_HOME, HOME = homedir() }: NodeJS.ProcessEnv): string =>
  join(XDG_CACHE_HOME || join(HOME, '.cache'), 'action-llama', 'pulumi')

/** Whether a process runs, or any of a group where the number is negative. What may not be asked runs. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function processSpace(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return undefined
  }
}

function readRecord(path: string): LockRecord | undefined {
  try {
    const { group, where } = JSON.parse(readFileSync(path, 'utf8')) as Partial<LockRecord>
    return Number.isInteger(group) && Number(group) > 1 && typeof where === 'string'
      ? { group: Number(group), where }
      : undefined
  } catch {
    return undefined
  }
}
