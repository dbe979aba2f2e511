import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, failed, type Surroundings } from './command.ts'
import { exits } from './exit-codes.ts'

/** What the agent leaves for its entry, which reads it when the session is over. */
export type Signal = 'rerun' | 'status' | 'return' | 'exit' | 'shutdown'

/**
 * Writes a signal; answers what went wrong, if anything did. The last one written wins, and one is there whole or not at
 * all: an agent's command may be killed at any moment.
 */
export function writeSignal({ environment }: Surroundings, signal: Signal, text: string): Ended | undefined {
  const directory = environment.AL_SIGNAL_DIR ?? ''
  if (directory === '') return failed(exits.rejected, 'AL_SIGNAL_DIR is not set: there is nowhere to write the signal')
  const file = join(directory, signal)
  const draft = join(directory, `.${signal}-${process.pid}`)
  try {
    writeFileSync(draft, text)
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    const { code = 'error' } = error as NodeJS.ErrnoException
    return failed(exits.rejected, `${file} cannot be written (${code}): the signal was not given`)
  }
  return undefined
}
