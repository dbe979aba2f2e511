import type { Plan } from '../../../core/plan/schema.ts'
import type { StartMessage } from '../../../core/scheduler/start-message.ts'
import type { Store } from '../../../core/store.ts'
import type { Files } from '../../support/synth-project.ts'
import type { HostProcess } from '../host-process.ts'
import type { Answered, Sent } from '../sent.ts'
import type { Stage } from '../stage.ts'

/** One of the places where the control plane runs. */
export interface HostKind {
  readonly name: string
  /** What it needs and does not find here. */
  readonly missing?: string
  /** Requests after which it is worth killing: where only some of what it does can be seen, fewer. */
  readonly betweenKills: readonly [number, number]
  /** The project's plan for it. The configuration names no cloud. */
  readonly plan: (files: Files) => Plan
  readonly open: (plan: Plan, stage: Stage, onLaunch: (launched: Launched) => void) => Promise<Host>
}

/** The control plane of one project, in processes that can be killed at any moment, seen from outside. */
export interface Host {
  readonly plan: Plan
  readonly webhookSecret: string
  readonly gatewayKey: string
  readonly processes: readonly HostProcess[]
  /** Its state, read beside it. */
  readonly store: Store
  /** The gateway's answer; nothing when none came. */
  send(sent: Sent): Promise<Answered | undefined>
  /** The minute's sweep. True if it was done. */
  sweep(): Promise<boolean>
  /** The schedule of an agent says that its minute has come, epoch milliseconds. True if it was heard. */
  tick(agent: string, at: number): Promise<boolean>
  /** The platform tells that a container has ended, if it does such a thing. True if it was heard. */
  ended(container: Container, code: number): Promise<boolean>
  /** All that the state holds and has held, as text. */
  everythingStored(): Promise<{ readonly items: string; readonly writes?: string }>
  close(): Promise<void>
}

/** What a host has asked its platform for. */
export interface Launched {
  readonly message: StartMessage
  /** Absent where the platform has no name for it, and may start it twice. */
  readonly container?: Container
}

export interface Container {
  /** As the platform calls it. */
  readonly name: string
  /** Whether the platform has stopped it, or it has ended. */
  isStopped(): boolean
  /** Marks it as ended, as a platform does that sees its process exit. */
  end(code: number): void
}
