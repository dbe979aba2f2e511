import { secretsAndAccess } from './weaknesses/secrets-and-access.ts'
import { usability } from './weaknesses/usability.ts'
import { wrongResults } from './weaknesses/wrong-results.ts'

/** Something that was wrong in Action Llama, and the tests that show how it is here. */
export interface Weakness {
  readonly number: number
  /** What went wrong there. */
  readonly there: string
  /** What happens here instead. */
  readonly here: string
  /** File, from the root of the repository → titles of its tests, as they stand in it. */
  readonly shown: Readonly<Record<string, readonly string[]>>
}

/** The weaknesses of Action Llama 0.11–0.13 that a user meets: secrets, results, messages. Their numbers stay as they are. */
export const register: readonly Weakness[] = [...secretsAndAccess, ...wrongResults, ...usability]
