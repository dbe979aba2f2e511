import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/**
 * When the system started a process; with its number this tells it from any other, since numbers are used again. Nothing
 * when there is no such process, or it has ended and nobody has asked how.
 */
export async function startedAt(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? await fromProc(pid) : await fromPs(pid)
}

/** `/proc/<pid>/stat`: the 22nd field, in ticks since the machine started; and which start of the machine that was. */
async function fromProc(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1')
    // The second field is the program's name in brackets, and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    return `${fields[19]}-${await bootId()}`
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}

/**
 * Whether a number stands for another process by now, or for one of another start of the machine. While it does not, the
 * group of that number is the one that was started under it: the system gives no number away that a group still has.
 */
export async function isTaken(pid: number, started: string): Promise<boolean> {
  const now = await startedAt(pid)
  if (now !== undefined) return now !== started
  return process.platform === 'linux' && !started.endsWith(`-${await bootId()}`)
}

const bootId = async (): Promise<string> => (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).slice(0, 8)

const run = promisify(execFile)

async function fromPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { env: { LC_ALL: 'C' } })
    const [, state = '', started = ''] = /^\s*(\S+)\s+(.*\S)/.exec(stdout) ?? []
    return started === '' || state.startsWith('Z') ? undefined : started
  } catch (error) {
    // `ps` says so by its exit code.
    if ((error as { code?: unknown }).code === 1) return undefined
    throw error
  }
}
