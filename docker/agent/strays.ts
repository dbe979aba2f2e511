import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds between two looks. A process may start another one while it is being looked for. */
const pause = 5
/** Looks in a row that find nothing, until there is nothing: what is started in the middle of one is seen by the next. */
const enough = 2
/** Milliseconds for which a process without an environment may be about to show one. */
const becomes = 300
/** Milliseconds after which looking ends, whatever is still there. */
const longest = 3000

/**
 * Kills the processes of a run that are still there, whatever group or session they have put themselves into: they are known by a
 * variable of their environment whose value is the run's secret. Returns how many there were, once they are gone. Where
 * a system does not show the environments of processes (`/proc`), nothing is found.
 */
export async function killStrays(variable: string, secret: string): Promise<number> {
  const killed = new Set<number>()
  const start = performance.now()
  let lastFound = start
  for (let quiet = 0; quiet < enough && performance.now() - start < longest; ) {
    const { found, becoming } = await look(`${variable}=${secret}`)
    for (const pid of found) {
      killed.add(pid)
      kill(pid)
    }
    if (found.length > 0) lastFound = performance.now()
    const isQuiet = found.length === 0 && (!becoming || performance.now() - lastFound > becomes)
    quiet = isQuiet ? quiet + 1 : 0
    if (quiet < enough) await sleep(pause)
  }
  return killed.size
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

interface Look {
  readonly found: readonly number[]
  /** Whether there is a process that may be in the middle of becoming another program (`exec`): it shows no environment then. */
  readonly becoming: boolean
}

async function look(entry: string): Promise<Look> {
  const names = await readdir('/proc').catch(() => [])
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number)
  const others = pids.filter((pid) => pid !== process.pid)
  const seen = await Promise.all(others.map(async (pid) => ({ pid, environment: await environmentOf(pid) })))
  return {
    found: seen.filter(({ environment }) => environment?.split('\0').includes(entry)).map(({ pid }) => pid),
    becoming: seen.some(({ environment }) => environment === ''),
  }
}

/** Nothing for those that are not ours to look at, that have ended, and for the kernel's own: they run no program. */
async function environmentOf(pid: number): Promise<string | undefined> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => undefined)
  if (environment !== '') return environment
  return await readlink(`/proc/${pid}/exe`).then(
    () => '',
    () => undefined,
  )
}
