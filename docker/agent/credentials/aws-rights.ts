import type { Rights } from './credential.ts'

/**
 * Milliseconds. IAM promises no number; what is written counts within seconds. Longer would hold up each run whose secret is
 * not stored at all, which is answered in the same way.
 */
const settleIn = 15_000

/** What a container's role on AWS needs to read its secrets. */
export const awsRights = (action: string): Rights => ({
  settleIn,
  missing: async () => `${action} for the role of this container`,
})
