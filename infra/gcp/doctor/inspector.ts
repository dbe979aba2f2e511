import type { Difference } from '../../doctor/finding.ts'
import type { GoogleAccount } from '../account.ts'
import type { KeptResource } from '../deploy/state-files.ts'

/** How a deployed resource differs from what it was deployed as. No differences: it does not. */
export interface Inspected {
  /** `job al-acme-dev` */
  readonly resource: string
  readonly differences: readonly Difference[]
  /** Puts it back. Absent where that is not possible. */
  readonly repair?: () => Promise<void>
  /** For a person, where there is no repair. */
  readonly advice?: string
}

/** Looks at one resource as it was deployed. Throws a `GoogleFailure`. */
export type Inspector = (kept: KeptResource, account: GoogleAccount) => Promise<Inspected>

/** What was deleted behind everybody's back. */
export const gone: Difference = { what: 'it', expected: 'there', found: 'removed' }

/** Of what a deploy looks for itself. Source: `infra/gcp/deploy/removed-by-hand.ts`. */
export const adviceWhenGone = '`al deploy` makes it again'

/** An input that is a text. */
export function textOf(inputs: KeptResource['inputs'], key: string): string {
  const value = inputs?.[key]
  return typeof value === 'string' ? value : ''
}
