import type { Handout } from '../../../core/plan/decisions.ts'

/** A secret as the plan names it: where it is kept, what it is for, and whether a run can do without. */
export type PlannedCredential = Handout['secrets'][number]

/** One field of a credential, with its value. */
export interface Credential extends Pick<PlannedCredential, 'type' | 'instance' | 'field' | 'why'> {
  /** Without blanks and line ends around it; never empty. */
  readonly value: string
}

/** A store's "not permitted": the right may have been given a moment ago and not count yet, or there is no such secret. */
export const refused = Symbol('refused')

/** What a place says of a secret: its value, or nothing when it is not there. */
export type Answer = string | undefined | typeof refused

/** A place that credentials are read from. */
export interface CredentialSource {
  /** For the log: `credentials loaded from …`. */
  readonly name: string
  /** Where this one would be, for a message: a path, the name of a variable, an id. Never a value. */
  place(secret: PlannedCredential): string
  /** Throws when it cannot be told; no error holds a value. */
  read(secret: PlannedCredential, signal: AbortSignal): Promise<Answer>
  /** Where something may be refused. */
  readonly rights?: Rights
}

export interface Rights {
  /** Milliseconds after which a right that was given counts, as a rule. */
  readonly settleIn: number
  /** Who has to be permitted what, for a message. */
  missing(signal: AbortSignal): Promise<string>
}

/** `type:instance/field`, the way messages name a secret. */
export const nameOf = ({ type, instance, field }: Pick<Credential, 'type' | 'instance' | 'field'>): string =>
  `${type}:${instance}/${field}`
