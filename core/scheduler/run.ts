import { hash } from 'node:crypto'
import type { AgentRule } from '../plan/decisions.ts'
import type { Key } from '../store.ts'
import type { Payload } from './payload.ts'

/** One execution of an agent: `queued → starting → running → done`, never back. A call is its callee's run. */
export interface Run {
  readonly agent: string
  readonly suffix: string
  readonly state: 'queued' | 'starting' | 'running' | 'done'
  readonly trigger: Trigger
  /** Ids of the runs that led to this one by calls, the first one first. */
  readonly chain: readonly string[]
  /** How many reruns led to this run: 0 for the first run. */
  readonly rerun: number
  readonly input?: Payload
  /** W3C `traceparent` of what made it; absent if its trace is not recorded. */
  readonly trace?: string

  readonly createdAt: number
  /** When it got its slot. */
  readonly startedAt?: number
  readonly claimedAt?: number
  readonly endedAt?: number

  /** Starts asked for so far. */
  readonly attempt: number
  /** Hashes of the tickets of attempts that may have started something; any of them claims. */
  readonly tickets: readonly string[]
  /** Hash of the secret that the container made for itself at its claim. */
  readonly session?: string
  readonly compute: AgentRule['compute']
  /** What the platform calls the container. */
  readonly container?: string
  /** Of a starting run: until then its claim is awaited. Of a running one: until then its container counts as alive. */
  readonly leaseUntil?: number
  /** When the run ends whatever happens; fixed at the claim. */
  readonly deadline?: number
  /** Set when it is to be stopped. */
  readonly stop?: { readonly at: number; readonly reason: string }

  /** Sort key of its queue entry, while queued. */
  readonly entry?: string
  /** Partition of the lock it took last. The lock says whether it still holds it. */
  readonly lock?: string
  /** Calls it has made. */
  readonly calls: number
  readonly status?: { readonly text: string; readonly at: number }
  /** What it has used so far, as its container says. */
  readonly usage?: Usage
  /** The part of it that days have counted already, so that a repeated report adds only the difference. */
  readonly metered?: { readonly cost: number; readonly tokens: number }
  /** A day counted it when it started. */
  readonly counted?: true

  readonly outcome?: Outcome
  /** The container itself said how it ended. */
  readonly said?: boolean
  /** Exit code of the agent. */
  readonly code?: number
  /** Why it ended like this, in at most 160 characters. */
  readonly reason?: string
  readonly result?: Payload
  /** Suffix of the rerun that this one asked for. */
  readonly next?: string
}

/** What began a run. */
export type Origin =
  /** `at` is the scheduled minute, epoch milliseconds. */
  | { readonly kind: 'tick'; readonly at: number }
  /** When a local host starts with `--run-now`. */
  | { readonly kind: 'initial' }
  | { readonly kind: 'manual' }
  | { readonly kind: 'webhook'; readonly source: string; readonly event: string; readonly delivery?: string }
  /** `caller` is a run id. */
  | { readonly kind: 'call'; readonly caller: string }

/** A retry has the input of the run it repeats, and therefore its origin, which says how to read that input. */
export type Trigger = Origin | { readonly kind: 'retry'; readonly of: string; readonly origin: Origin }

export const originOf = ({ trigger }: Pick<Run, 'trigger'>): Origin =>
  trigger.kind === 'retry' ? trigger.origin : trigger

/**
 * - `completed`, `rerun` (it wants to go on), `error`: what the container said.
 * - `killed`: somebody stopped it. `timeout`: its deadline passed. `lost`: it stopped answering.
 * - `expired`: it waited too long. `refused`: its agent is no longer part of the project.
 * - `budget_exceeded`: a limit ended it, or kept it from starting; the reason names it.
 */
export type Outcome =
  | 'completed'
  | 'rerun'
  | 'error'
  | 'killed'
  | 'timeout'
  | 'lost'
  | 'expired'
  | 'refused'
  | 'budget_exceeded'

/** Tokens and US dollars that a run has used. */
export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  readonly totalTokens: number
  readonly cost: number
  readonly turnCount: number
}

/** Whether a run may ask for a rerun: those started by a schedule or by hand may, since they look for work themselves. */
export const mayRerun = ({ trigger }: Run): boolean =>
  trigger.kind === 'tick' || trigger.kind === 'initial' || trigger.kind === 'manual'

export const isLive = ({ state }: Run): boolean => state === 'starting' || state === 'running'

export const runId = ({ agent, suffix }: Pick<Run, 'agent' | 'suffix'>): string => `${agent}-${suffix}`

/** The parts of a run id; nothing if it cannot be one. */
export function parseRunId(id: string): { agent: string; suffix: string } | undefined {
  const [, agent, suffix] = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)-([a-z0-9]{20})$/.exec(id) ?? []
  return agent === undefined || suffix === undefined ? undefined : { agent, suffix }
}

export const runKey = ({ agent, suffix }: Pick<Run, 'agent' | 'suffix'>): Key => ({ pk: `runs#${agent}`, sk: suffix })

const latest = 36 ** 9 - 1

/**
 * 20 characters `[a-z0-9]`: 9 for the time, counted backwards so that the newest run of an agent comes first in a list,
 * and 11 at random.
 */
export function newSuffix(now: number, random: (bytes: number) => Uint8Array): string {
  const chance = Buffer.from(random(8)).readBigUInt64BE() % 36n ** 11n
  return (latest - now).toString(36).padStart(9, '0') + chance.toString(36).padStart(11, '0')
}

/** How secrets of runs are kept: a random secret needs no salt. */
export const hashOf = (secret: string): string => hash('sha256', secret)

export const newSecret = (random: (bytes: number) => Uint8Array): string =>
  Buffer.from(random(32)).toString('base64url')

const longestReason = 160

/** A reason as it is kept: one line, of at most 160 characters. */
export function shortReason(reason: string): string {
  const line = reason.replace(/\s+/g, ' ').trim()
  return line.length <= longestReason ? line : `${line.slice(0, longestReason - 1)}…`
}
