import { spawn } from 'node:child_process'
import type { PulumiCommand } from '@pulumi/pulumi/automation/index.js'
import type { PulumiCli } from './find-pulumi.ts'

/** What Pulumi's CLI said before it ended with an error. */
export class PulumiError extends Error {
  override readonly name = 'PulumiError'
  readonly stderr: string

  constructor(command: string, code: number | null, stdout: string, stderr: string) {
    const errors = stderr.match(/^error: .*$/gm)?.map((line) => line.slice('error: '.length))
    const said = errors?.join('; ') ?? (stderr.trim() || stdout.trim()).split('\n').slice(-20).join('\n')
    super(`pulumi ${command} ended with ${code === null ? 'a signal' : code}: ${said}`)
    this.stderr = stderr
  }
}

/**
 * Starts the CLI for the Automation API, whose own way hands on the whole environment, and leaves a Ctrl-C in the terminal
 * to reach the CLI twice: the second one makes it leave resources half made. Here it is a process group of its own, and an
 * abort asks it once to stop: it ends what it has begun, and writes that down.
 */
export function pulumiCommand(
  cli: PulumiCli,
  environment: Readonly<Record<string, string>>,
  /** Told the number of each process group that is started. */
  onStart: (group: number) => void = () => {},
): PulumiCommand {
  const command = {
    command: cli.command,
    version: { toString: () => cli.version },
    run(
      args: readonly string[],
      cwd: string,
      additional: Readonly<Record<string, string>>,
      onOutput?: (text: string) => void,
      onError?: (text: string) => void,
      signal?: AbortSignal,
    ) {
      return start(cli, [...args, '--non-interactive'], {
        cwd,
        env: { ...environment, ...additional },
        onOutput,
        onError,
        signal,
        onStart,
      })
    },
  }
  // The class has a constructor of its own alone; this is all that is used of it.
  return command as unknown as PulumiCommand
}

interface StartOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly onOutput: ((text: string) => void) | undefined
  readonly onError: ((text: string) => void) | undefined
  readonly signal: AbortSignal | undefined
  readonly onStart: (group: number) => void
}

async function start(cli: PulumiCli, args: readonly string[], options: StartOptions) {
  const { cwd, env, onOutput, onError, signal, onStart } = options
  const isGroup = process.platform !== 'win32'
  const child = spawn(cli.command, [...cli.args, ...args], {
    cwd,
    env,
    detached: isGroup,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (isGroup && child.pid !== undefined) onStart(child.pid)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    onOutput?.(text)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    onError?.(text)
  })
  const stop = () => {
    if (child.pid === undefined) return
    try {
      process.kill(isGroup ? -child.pid : child.pid, 'SIGINT')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop, { once: true })
  // Whoever leaves at once takes the CLI along.
  process.once('exit', stop)
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    if (code !== 0) throw new PulumiError(args[0] ?? '', code, stdout, stderr)
    return { stdout, stderr, code }
  } finally {
    signal?.removeEventListener('abort', stop)
    process.off('exit', stop)
  }
}
