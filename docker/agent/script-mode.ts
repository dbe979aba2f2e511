import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds for which output is read on after the script has ended: a process it has left behind may hold it open. */
const lastOutput = 500

export interface ScriptOptions {
  readonly script: string
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
  readonly line: (text: string) => void
  /** Aborting it kills the script and what it has started. */
  readonly signal: AbortSignal
}

/** Runs an agent's test script with `sh`, and answers its exit status; 128 and more for a signal, as a shell says it. */
export async function runScript({ script, directory, environment, line, signal }: ScriptOptions): Promise<number> {
  signal.throwIfAborted()
  const file = join(directory, '.test-script.sh')
  await writeFile(file, script, { mode: 0o600 })
  const child = spawn('sh', [file], {
    cwd: directory,
    env: environment,
    // A group of its own, so that all of it can be killed.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  signal.addEventListener('abort', kill)
  try {
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', line)
    const closed = once(child, 'close').catch(() => undefined)
    const [code, by] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    await Promise.race([closed, sleep(lastOutput, undefined, { ref: false })])
    return code ?? 128 + (by === null ? 0 : constants.signals[by])
  } finally {
    signal.removeEventListener('abort', kill)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}
