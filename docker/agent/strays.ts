import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Rounds of looking: a process may start another one while it is being looked for. */
const rounds = 10
/**
 * A process that is just becoming another program (`exec`) shows no environment. So nothing has to be found twice, so many
 * milliseconds apart.
 */
const pause = 5

/**
 * Kills the processes of a run that are still there, whatever group or session they have put themselves into: they are known by a
 * variable of their environment whose value is the run's secret. Answers how many there were. Where a system does not
 * show the environments of processes (`/proc`), nothing is found.
 */
export async function killStrays(variable: string, secret: string): Promise<number> {
  const killed = new Set<number>()
  let quiet = 0
  for (let round = 0; round < rounds && quiet < 2; round++) {
    if (quiet > 0) await sleep(pause)
    const found = await processesWith(`${variable}=${secret}`)
    quiet = found.length === 0 ? quiet + 1 : 0
    for (const pid of found) {
      killed.add(pid)
      try {
        process.kill(pid, 'SIGKILL')
      } catch (error) {
        // It has ended by itself.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
  }
  return killed.size
}

async function processesWith(entry: string): Promise<number[]> {
  const names = await readdir('/proc').catch(() => [])
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number)
  const own = pids.filter((pid) => pid !== process.pid)
  const found = await Promise.all(own.map(async (pid) => ((await environmentOf(pid)).includes(entry) ? [pid] : [])))
  return found.flat()
}

/** Another user's processes may not be looked at, and are not ours. One that has just ended has no environment any more. */
async function environmentOf(pid: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
  return text.split('\0')
}
