import { UserError } from '../errors.ts'
import type { Ui } from '../ui/ui.ts'

/** Seconds before each further try. A right counts after two minutes as a rule. Source: "Access change propagation" of IAM. */
const pauses = [10, 20, 40, 60, 60, 60]

/**
 * What a build says that is not let in yet. Source: Cloud Build and Cloud Run functions, where the account that builds has
 * been given its rights a moment before.
 */
const notYet =
  /Access to bucket \S+ denied|must grant .{1,80} permission to|does not have storage\.objects\.\w+ access|Permission ['"]?artifactregistry\.\S+ denied|service account \S+ (?:does not exist|was not found)/i

export interface NewRights {
  /** Whether the rights were given by this deploy: those that have been there for long are not waited for. */
  readonly areNew: boolean
  readonly ui: Ui
  /** Seconds. */
  readonly pause: (seconds: number) => Promise<unknown>
}

/** Does work that needs rights which were given a moment ago, until they count. Throws what the last try has thrown. */
export async function oncePermitted(work: () => Promise<void>, { areNew, ui, pause }: NewRights): Promise<void> {
  for (const seconds of areNew ? pauses : []) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof UserError) || !notYet.test(error.message)) throw error
      const text = `what the account that builds may do does not count everywhere yet: trying again in ${seconds} s`
      ui.emit({ kind: 'note', text })
      await pause(seconds)
    }
  }
  await work()
}
