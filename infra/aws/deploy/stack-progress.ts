/** What happens to stacks while they are deployed or removed. */
export type StackProgress =
  | { readonly kind: 'stack'; readonly stack: string; readonly did: 'started' | 'done' | 'unchanged' }
  | {
      readonly kind: 'resource'
      readonly stack: string
      readonly logicalId: string
      readonly type: string
      /** `CREATE_COMPLETE` */
      readonly status: string
      readonly done: number
      readonly total?: number
    }
  | { readonly kind: 'note'; readonly text: string }

/** A resource that CloudFormation could not bring where it should be. */
export interface ResourceFailure {
  readonly stack: string
  readonly logicalId: string
  readonly type: string
  readonly status: string
  readonly reason: string
}

export type OnProgress = (progress: StackProgress) => void

/** Stacks that could not be deployed or removed, with CloudFormation's reasons. */
export class StackFailure extends Error {
  override readonly name = 'StackFailure'
  readonly failures: readonly ResourceFailure[]

  constructor(message: string, failures: readonly ResourceFailure[], options?: ErrorOptions) {
    super(message, options)
    this.failures = failures
  }
}

/** The stack itself fails because of its resources, and those not begun are cancelled: neither is a reason. */
const consequence =
  /^Resource (?:creation|update|deletion) (?:cancelled|cancellation)|^The following resource\(s\) failed/i

/** Whether an event of CloudFormation says why something failed. */
export const isReason = (status: string, reason: string | undefined): reason is string =>
  status.endsWith('_FAILED') && reason !== undefined && !consequence.test(reason)
