import { setTimeout as sleep } from 'node:timers/promises'
import { grace } from '../machine/machine-launcher.ts'
import { isTaken, startedAt } from './process-identity.ts'
import type { ProcessRecord } from './process-record.ts'

/** Milliseconds between two looks at a process that is no child of this host. */
export const lookAgain = 50

export const isAlive = async ({ pid, started }: ProcessRecord): Promise<boolean> =>
  pid !== undefined && started !== undefined && (await startedAt(pid)) === started

/** Asks the whole group to end, and ends it when it does not. */
export async function endProcess(record: ProcessRecord): Promise<void> {
  if (!(await isAlive(record))) return
  await signalGroup(record, 'SIGTERM')
  for (const until = performance.now() + grace; performance.now() < until; await sleep(lookAgain)) {
    if (!(await isAlive(record))) break
  }
  // Also what has outlived the agent itself.
  await signalGroup(record, 'SIGKILL')
}

/** Reaches what the agent has started as well, also after its own end; nothing that came by its number later. */
export async function signalGroup(record: ProcessRecord, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const { pid, started } = record
  if (pid === undefined || started === undefined || (await isTaken(pid, started))) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
