import type { Run } from '../../core/scheduler/run.ts'
import type { LogEntry } from '../../functions/gateway/log-source.ts'

export type HostLevel = 'info' | 'warn' | 'error'

/** What happens on a host, for whoever watches it. `time` is in epoch milliseconds. */
export type HostEvent = { readonly time: number } & HostHappening

export type HostHappening =
  /** Of an image; an agent's own image has the name of the agent. `detail`: the step, or why it failed. */
  | {
      readonly kind: 'image'
      readonly key: string
      readonly state: 'waiting' | 'building' | 'ready' | 'failed'
      readonly detail?: string
    }
  /** A run waits for a slot, or its agent is there and has begun. */
  | { readonly kind: 'queued' | 'started'; readonly run: Run }
  /** A run says what it is doing. */
  | { readonly kind: 'status'; readonly run: Run; readonly text: string }
  /** `next` is when the agent's schedule starts it again. */
  | { readonly kind: 'ended'; readonly run: Run; readonly next?: number }
  /** What a run logs. */
  | { readonly kind: 'output'; readonly agent: string; readonly entry: LogEntry }
  /** The host starts agents from now on. */
  | { readonly kind: 'ready' }
  /** The host is leaving and waits for so many runs. */
  | { readonly kind: 'stopping'; readonly waiting: number }
  | { readonly kind: 'host'; readonly level: HostLevel; readonly text: string }
