import type { Context } from 'hono'
import type { Decisions, Handout } from '../../core/plan/decisions.ts'
import type { ControlPlane } from '../../core/scheduler/control-plane.ts'
import type { Clock, Log } from '../../core/scheduler/world.ts'
import type { ReadBody } from './body.ts'
import type { PageFiles } from './dashboard/page-files.ts'
import type { LogSource } from './log-source.ts'

/** What a host gives the gateway. Hosts differ in this, and in nothing else. */
export interface GatewayOptions {
  readonly plane: ControlPlane
  readonly decisions: Decisions
  readonly secrets: SecretReader
  /** What is handed to a run of this agent; nothing if there is no such agent. */
  readonly handout: (agent: string) => Promise<Handout | undefined>
  readonly clock: Clock
  /** Requests are logged at `debug`, those that fail at `warn`, what should never happen at `error`. */
  readonly log: Log
  /** So many random bytes. */
  readonly random: (bytes: number) => Uint8Array
  /** The sender's network address as the platform knows it, never from a header. */
  readonly addressOf: (c: Context) => string | undefined
  /** Reads a body of at most `limit` bytes where the platform has a shorter way to it than the stream of a `Request`. */
  readonly readBody?: (c: Context, limit: number) => Promise<ReadBody>
  /** The platform's id of a request, to find its logs by. Absent: a random one. */
  readonly requestIdOf?: (c: Context) => string | undefined
  /** Stops this host, soon after the answer. Absent where nothing runs that could be stopped. */
  readonly stop?: () => void | Promise<void>
  /** The page of the web dashboard. Absent: this host has none, and takes no sessions. */
  readonly dashboard?: PageFiles
  readonly logs?: LogSource
  /** Where to look when there is no log source, as part of a sentence: `in CloudWatch Logs`. */
  readonly logsAt?: string
  /** Epoch milliseconds since which this host has been up; for `GET /control/status`. Absent where there is no such thing. */
  readonly startedAt?: number
  /** Where people and webhooks reach the gateway, without a slash at the end. */
  readonly url?: string
}

/** The values of the plan's gateway secrets, by their id. The reader caches; the gateway asks every time. */
export interface SecretReader {
  /** The value; nothing if it is not stored. Throws when the secret store could not be asked. */
  read(id: string): Promise<string | undefined>
  /** The value without the cache, as often as the reader allows: a secret may have been rotated. */
  refresh(id: string): Promise<string | undefined>
}
