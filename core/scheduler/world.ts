import type { AgentRule, Decisions } from '../plan/decisions.ts'
import type { Store } from '../store.ts'
import type { Launcher } from './launcher.ts'

/** Everything a command touches. What is not in here cannot influence a decision. */
export interface World {
  readonly store: Store
  readonly launcher: Launcher
  readonly rules: Rules
  readonly clock: Clock
  /** So many random bytes, fit for secrets. */
  readonly random: (bytes: number) => Uint8Array
  readonly log: Log
}

/** The clocks of two hosts differ by at most `clockSkew`. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  sleep(ms: number): Promise<void>
}

export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void

/** What the commands need of the plan. */
export interface Rules {
  readonly limits: Decisions['limits']
  readonly agents: ReadonlyMap<string, AgentRule>
}

export function rulesOf({ limits, agents }: Pick<Decisions, 'limits' | 'agents'>): Rules {
  return { limits, agents: new Map(agents.map((agent) => [agent.name, agent])) }
}

/** Milliseconds by which the clocks of two hosts may differ: nothing of another's is over before this has passed too. */
export const clockSkew = 10_000
