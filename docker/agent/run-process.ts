import { fromEnvironment } from '../../core/scheduler/start-message.ts'
import { containerId } from './container-id.ts'
import { killedCode } from './ending.ts'
import { type Interrupter, interrupter } from './interruption.ts'
import { oneRun } from './one-run.ts'
import { loadParts, type Parts } from './parts.ts'
import type { Environment, Places } from './places.ts'

/** Milliseconds after which a process that was told to stop ends, whatever it has left to say. */
const lastWord = 4000

export interface ProcessOptions {
  readonly env: Environment
  readonly places: Places
  readonly parts?: () => Promise<Parts>
}

/** The one run of a process: the one it was started for, or without a gateway what its environment says. Returns the exit code. */
export async function runProcess({ env, places, parts = loadParts }: ProcessOptions): Promise<number> {
  const interruption = interrupter()
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      interruption.interrupt({ kind: 'stopped' })
      setTimeout(() => process.exit(killedCode), lastWord)
    })
  }
  onCrash(() => interruption)
  const start = fromEnvironment(env)
  const run = { env, places, parts, interrupter: interruption, sink: process.stdout }
  if (start !== undefined) return (await oneRun({ ...run, start, container: containerId })).code
  const { runFromEnvironment } = await import('./from-environment.ts')
  return (await runFromEnvironment(run)).code
}

/** An error that nobody has caught ends the run it happened in. Nobody reading the output any more is none. */
export function onCrash(current: () => Interrupter | undefined): void {
  process.stdout.on('error', () => undefined)
  for (const name of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(name, (error: unknown) => {
      const run = current()
      if (run === undefined) throw error
      run.interrupt({ kind: 'crashed', error })
    })
  }
}
