/** What the terminal view of a host shows, and what it can ask the host to do. */
export interface DashboardOptions {
  readonly title: { readonly project: string; readonly environment: string; readonly runtime: string }
  /** Where the gateway listens. */
  readonly url: string
  readonly webhookUrls: readonly string[]
  /** The state, asked for once a second. A rejection is shown in place, and the next second it is asked for again. */
  readonly status: () => Promise<Status>
  /** Subscribes to what happens meanwhile; answers how to unsubscribe. */
  readonly events: (listener: (event: DashboardEvent) => void) => () => void
  readonly actions: DashboardActions
}

/** Each answers with a message for the user, or rejects with one. */
export interface DashboardActions {
  readonly pauseAgent: (agent: string) => Promise<string>
  readonly resumeAgent: (agent: string) => Promise<string>
  readonly pauseAll: () => Promise<string>
  readonly resumeAll: () => Promise<string>
  readonly runAgent: (agent: string) => Promise<string>
  /** Called once for each run that the user saw when saying yes, with its id. */
  readonly killRun: (run: string) => Promise<string>
  /** Ctrl-C or `q`; called again: the second time. The view stays until it is closed. */
  readonly stop: () => void
}

/** What the view reads of the answer of `GET /control/status`. Times are epoch milliseconds. */
export interface Status {
  readonly scheduler: {
    readonly paused: boolean
    /** Models and credentials that nothing starts on, until when. */
    readonly blocked: Readonly<Record<string, { readonly until: number }>>
    readonly cronJobCount: number
    readonly startedAt?: number | undefined
  }
  readonly agents: readonly AgentStatus[]
  /** Runs that are starting or running. */
  readonly instances: readonly { readonly id: string; readonly agentName: string }[]
}

export interface AgentStatus {
  readonly name: string
  /** Neither paused nor off. */
  readonly enabled: boolean
  readonly scale: number
  readonly runningCount: number
  readonly queuedWebhooks: number
  readonly statusText: string | null
  readonly nextRunAt: number | null
  readonly lastRunAt?: number | null | undefined
  /** Milliseconds. */
  readonly lastRunDuration?: number | null | undefined
  /** Why the last run failed; nothing if it did not. */
  readonly lastError?: string | null | undefined
  readonly lastRunUsage?: Readonly<Record<string, number>> | null | undefined
}

export type ImageState = 'waiting' | 'building' | 'ready' | 'failed'

export type DashboardEvent =
  /** Of an image; its key is what people know it by, an agent's own image that of the agent. `detail`: the step, or why it failed. */
  | { readonly kind: 'image'; readonly key: string; readonly state: ImageState; readonly detail?: string | undefined }
  | ({ readonly kind: 'line' } & ActivityLine)
  /** The host is stopping and waits for so many runs. */
  | { readonly kind: 'stopping'; readonly waiting: number }

/** Something that happened. `time` is in epoch milliseconds; `text` may come from an agent. */
export interface ActivityLine {
  readonly time: number
  readonly agent?: string | undefined
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly text: string
}
