import type { Handout } from '../../../core/plan/decisions.ts'

/** A secret as the plan names it: where it is kept, what it is for, and whether a run can do without. */
export type PlannedCredential = Handout['secrets'][number]

/** One field of a credential, with its value. */
export interface Credential extends Pick<PlannedCredential, 'type' | 'instance' | 'field' | 'why'> {
  /** Without blanks and line ends around it; never empty. */
  readonly value: string
}

/** A place that credentials are read from. */
export interface CredentialSource {
  /** For the log: `credentials loaded from …`. */
  readonly name: string
  /** Where this one would be, for a message: a path, the name of a variable, an id. Never a value. */
  place(secret: PlannedCredential): string
  /** The value, or nothing when it is not there. Throws when that cannot be told; no error holds a value. */
  read(secret: PlannedCredential, signal: AbortSignal): Promise<string | undefined>
}

/** `type:instance/field`, the way messages name a secret. */
export const nameOf = ({ type, instance, field }: Pick<Credential, 'type' | 'instance' | 'field'>): string =>
  `${type}:${instance}/${field}`
