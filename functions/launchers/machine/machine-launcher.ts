import type { ContainerEnd } from '../../../core/scheduler/container-ended.ts'
import type { LaunchAnswer, Launcher } from '../../../core/scheduler/launcher.ts'
import type { Log } from '../../../core/scheduler/world.ts'

/** A launcher on this machine: it can see the containers and processes that it, or an earlier host, has started. */
export interface MachineLauncher extends Required<Launcher> {
  /**
   * To be called once, before anything is launched: watches what an earlier host has left running, reports what ended
   * while nobody was looking, and removes leftovers.
   */
  adopt(): Promise<void>
  /** Resolves when nothing that has been started runs any more, and nothing is left of it: no container, no secret. */
  cleared(): Promise<void>
  /** Stops watching. What runs goes on, and is adopted by the next host. */
  close(): Promise<void>
}

export interface MachineLauncherOptions {
  /** Base URL of the gateway as agents see it, without a slash at the end. */
  readonly gatewayUrl: string
  /** A directory for what the next host needs to know; made when it is missing. */
  readonly stateDirectory: string
  /** The values an agent may read. A `MissingSecret` ends the run, any other error makes the launch one that is tried again. */
  readonly secretsOf: (agent: string) => Promise<readonly Secret[]>
  /** Told once for each container, after its last line; never throws. */
  readonly containerEnded: (end: ContainerEnd) => Promise<void>
  /** Told each line that an agent prints. After the host was killed, lines of its last moment may come twice. */
  readonly onLine: (line: OutputLine) => void
  readonly log: Log
}

/** A field of a credential, with its value. */
export interface Secret {
  readonly type: string
  readonly instance: string
  readonly field: string
  readonly value: string
}

export interface OutputLine {
  readonly agent: string
  /** The run id. */
  readonly run: string
  readonly stream: 'stdout' | 'stderr'
  /** Without the line break; what is longer than 1 MiB is cut. */
  readonly line: string
}

/** A run cannot start for want of a secret; the message names it, and what stores it. */
export class MissingSecret extends Error {
  override readonly name = 'MissingSecret'
}

/** What a missing secret means to a launch: waiting would not bring it. Throws any other error. */
export function failedForSecret(error: unknown): LaunchAnswer {
  if (error instanceof MissingSecret) return { kind: 'failed', why: error.message }
  throw error
}

/** Which start of which run a container is. */
export interface Start {
  readonly agent: string
  readonly run: string
  readonly suffix: string
  readonly attempt: number
}

/** Milliseconds between asking a container to end and ending it. */
export const grace = 3000
