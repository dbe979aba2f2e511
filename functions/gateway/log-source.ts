/** Where `GET /api/logs/…` reads from. A host without one answers 501. */
export interface LogSource {
  /** Throws `BadCursor` when the cursor is not one that `read` has given. */
  read(query: LogQuery): Promise<LogPage>
}

export interface LogQuery {
  /** Absent: the log of the scheduler and the gateway. */
  readonly agent?: string
  /** Suffix of one run of the agent. */
  readonly instance?: string
  /** At most so many entries, 1 to 1000. Without a cursor the last ones, with one the next ones. */
  readonly lines: number
  /** As given by the page before; opaque. */
  readonly cursor?: string
  /** Epoch milliseconds, both exclusive. */
  readonly after?: number
  readonly before?: number
}

export interface LogPage {
  readonly entries: readonly LogEntry[]
  /** For the next page; `null` when there is no log yet. */
  readonly cursor: string | null
  readonly hasMore: boolean
}

export interface LogEntry {
  /** 20 debug, 30 info, 40 warn, 50 error. */
  readonly level: number
  /** Epoch milliseconds. */
  readonly time: number
  readonly msg: string
  /** Run id. */
  readonly instance?: string
  readonly [field: string]: unknown
}

/** The cursor was not made by this log. */
export class BadCursor extends Error {
  override readonly name = 'BadCursor'
}
