/** Why a deploy cannot go on. `installation`: something is missing on this machine. */
export type FailureReason = 'installation' | 'cloud' | 'busy'

/** Deploying failed, in plain words: lower case, no full stop, what to change. */
export class DeployFailure extends Error {
  override readonly name: string = 'DeployFailure'
  readonly reason: FailureReason

  constructor(reason: FailureReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** One resource that could not be made, changed or removed, and what Google Cloud says of it. */
export interface ResourceFailure {
  /** Absent: it belongs to none. */
  readonly urn?: string
  readonly reason: string
}

/** An update of the stack failed. What was done before stays, and is in the state. */
export class UpdateFailure extends DeployFailure {
  override readonly name = 'UpdateFailure'
  /** The message without its reasons. */
  readonly what: string
  readonly failures: readonly ResourceFailure[]

  constructor(what: string, failures: readonly ResourceFailure[], options?: ErrorOptions) {
    super('cloud', [what, ...failures.map(({ reason }) => `  ${reason}`)].join('\n'), options)
    this.what = what
    this.failures = failures
  }
}

/** Somebody else's update holds the stack. */
export class StackLocked extends DeployFailure {
  override readonly name = 'StackLocked'
  readonly locks: readonly Lock[]

  constructor(locks: readonly Lock[]) {
    super('busy', `another deploy is in progress: ${locks.map(lockText).join('; ') || 'it holds the state'}`)
    this.locks = locks
  }
}

/** Who updates a stack, as Pulumi writes it down. */
export interface Lock {
  /** Of its file in the state, where that was looked at. */
  readonly name?: string
  /** `root@builder-7`. */
  readonly who: string
  readonly host: string
  readonly pid: number
  /** As Pulumi writes it: RFC 3339. */
  readonly since: string
}

/** For people: who, and since when. */
export const lockText = ({ who, pid, since }: Lock): string => `${who} (process ${pid}, since ${since})`
