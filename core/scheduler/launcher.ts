import type { AgentRule } from '../plan/decisions.ts'

/**
 * The Launcher port: starts and stops containers, and nothing else. It decides nothing and remembers nothing; what it
 * fails to do is asked of it again, as the store says.
 */
export interface Launcher {
  /**
   * Starts a container for one attempt of a run, within `launchTimeout`. It may throw when it cannot tell whether
   * anything started: the launch lease settles that.
   */
  launch(order: LaunchOrder): Promise<LaunchAnswer>
  /**
   * Stops whatever container the run has. Succeeds when there is none. Throws if it could not be asked for; the sweep
   * tries again.
   */
  stop(target: StopTarget): Promise<void>
  /** Containers of this project that are running now. Absent where they cannot be listed, or cannot outlive their run. */
  running?(): AsyncIterable<RunningContainer>
}

export interface LaunchOrder {
  readonly agent: AgentRule
  /** The run id, `<agent>-<suffix>`. */
  readonly run: string
  readonly suffix: string
  /** From 1. An attempt is launched once, so `<suffix>-<attempt>` identifies the start to the platform. */
  readonly attempt: number
  /** The container claims the run with it. It is a secret until it is used. */
  readonly ticket: string
  /** The run's `traceparent`, if its trace is recorded. */
  readonly trace?: string
}

export type LaunchAnswer =
  | { readonly kind: 'started' }
  /** Nothing started, and it may work later: throttled, no capacity. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Nothing started, and nothing will: no such function, not permitted. */
  | { readonly kind: 'failed'; readonly why: string }

export interface StopTarget {
  readonly agent: string
  /** Absent when the agent is no longer part of the project. */
  readonly rule?: AgentRule
  readonly run: string
  readonly suffix: string
  readonly attempt: number
  readonly compute: AgentRule['compute']
  /** The platform's name of the container, once it has claimed the run. */
  readonly container?: string
  /** For the platform's records. */
  readonly reason: string
}

export interface RunningContainer {
  readonly agent: string
  readonly suffix: string
  readonly attempt: number
  readonly compute: AgentRule['compute']
  readonly container: string
}

/** Milliseconds a launch may take: an HTTP answer waits for it. */
export const launchTimeout = 5000

/**
 * Milliseconds, by where a container runs. `launch`: how long its claim is awaited before another container is launched.
 * `lease`: from one heartbeat until the run counts as lost; shorter where the platform does not report a death.
 */
export const leases: Readonly<Record<AgentRule['compute'], { readonly launch: number; readonly lease: number }>> = {
  lambda: { launch: 90_000, lease: 300_000 },
  fargate: { launch: 240_000, lease: 600_000 },
  'cloud-run-job': { launch: 180_000, lease: 300_000 },
  docker: { launch: 60_000, lease: 600_000 },
  process: { launch: 60_000, lease: 600_000 },
  off: { launch: 60_000, lease: 300_000 },
}
