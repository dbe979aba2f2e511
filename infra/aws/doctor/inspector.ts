import type { Difference } from '../../doctor/finding.ts'

/** How a deployed resource differs from what its template says. No differences: it does not. */
export interface Inspected {
  readonly differences: readonly Difference[]
  /** Puts it back. Absent where that is not possible. */
  readonly repair?: () => Promise<void>
  /** For a person, where there is no repair. */
  readonly advice?: string
}

/**
 * Looks at one resource: its properties in the template, resolved, and what CloudFormation calls it. `absent` if it is not
 * there. Throws an `AwsFailure`.
 */
export type Inspector = (
  properties: Readonly<Record<string, unknown>>,
  physicalId: string,
) => Promise<Inspected | 'absent'>
