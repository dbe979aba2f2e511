import { exits } from './exit-codes.ts'
import { type Answer, exitOfAnswer, printedAnswer } from './gateway.ts'

/** What a command finds around it. Nothing is read from the process directly. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdin: NodeJS.ReadStream
}

/** How a command ended: its exit code, and what is printed as one line of JSON. */
export interface Ended {
  readonly exit: number
  /** JSON text is printed as it is, anything else as JSON. */
  readonly output: { readonly json: string } | { readonly value: unknown }
}

export interface Command {
  readonly usage: string
  run(args: readonly string[], around: Surroundings): Promise<Ended>
}

/** The command was typed wrongly. Thrown before anything is sent or written. */
export class UsageError extends Error {}

export const ended = (exit: number, value: unknown): Ended => ({ exit, output: { value } })

export const failed = (exit: number, error: string): Ended => ended(exit, { ok: false, error })

/** A command that ends with what the gateway said. */
export const endedBy = (answer: Answer): Ended => ({
  exit: exitOfAnswer(answer),
  output: { json: printedAnswer(answer) },
})

export const done: Ended = ended(exits.done, { ok: true })
