import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { lineLogger } from './output-file.ts'
import { PreflightError } from './preflight-error.ts'
import type { StepContext } from './step.ts'

export interface ProgramOptions extends Omit<StepContext, 'signal'> {
  /** The step, for the log: `preflight shell`. */
  readonly name: string
  /** An open file that standard output goes to. Without one it is logged. */
  readonly output?: number
  readonly signal: AbortSignal
}

/** How long a process that has ended may leave its output open before the step is over, in milliseconds. */
const lastWords = 250

/**
 * Runs a program without a shell of ours in between and waits for its end. The signal kills it and all it started. What it
 * leaves running in the background after a good end stays: a preflight step may start a service.
 */
export async function runProgram(program: string, args: readonly string[], options: ProgramOptions): Promise<void> {
  const { name, environment, directory, output, log, signal } = options
  signal.throwIfAborted()
  const child = spawn(program, args, {
    cwd: directory,
    env: { ...environment },
    // A process group of its own: that is what a kill reaches grandchildren by.
    detached: true,
    stdio: ['ignore', output ?? 'pipe', 'pipe'],
  })
  const kill = () => killGroup(child)
  signal.addEventListener('abort', kill, { once: true })
  const closed = once(child, 'close').finally(() => signal.removeEventListener('abort', kill))
  // Only `exited` is waited for in every case.
  closed.catch(() => undefined)
  forward(child.stdout, lineLogger(log, 'info', `${name} output`))
  forward(child.stderr, lineLogger(log, 'warn', `${name} stderr`, 500))

  const [code, ended] = (await once(child, 'exit').catch((error: NodeJS.ErrnoException) => {
    throw new PreflightError(`${program} could not be started (${error.code ?? 'unknown'})`)
  })) as [number | null, NodeJS.Signals | null]
  await Promise.race([closed, sleep(lastWords)])
  signal.throwIfAborted()
  if (code !== 0) throw new PreflightError(code === null ? `it was ended by ${ended}` : `it exited with ${code}`)
}

function forward(stream: ChildProcess['stdout'], lines: ReturnType<typeof lineLogger>): void {
  if (stream === null) return
  stream.setEncoding('utf8').on('data', lines.write).on('end', lines.end)
  // What a service prints later is still read, and does not keep this process alive.
  ;(stream as Socket).unref()
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // All of them have ended already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
