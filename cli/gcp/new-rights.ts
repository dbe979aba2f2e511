import type { Ui } from '../ui/ui.ts'

/** Seconds before each further try. A right counts after two minutes as a rule. Source: "Access change propagation" of IAM. */
const pauses = [10, 20, 40, 60, 60, 60]

/**
 * What is said while something that was given, made or enabled a moment ago does not count yet: by Cloud Build and Cloud Run
 * functions of the account that builds, by Cloud Run of its own service agent, by IAM of accounts and roles, and by any API.
 * Source: "Troubleshoot Cloud Run functions", "Troubleshoot Cloud Run", and issues of hashicorp/terraform-provider-google.
 */
const notYet = new RegExp(
  [
    String.raw`Access to bucket \S+ denied|must grant .{1,80} permission to|does not have storage\.objects\.\w+ access`,
    String.raw`Permission ['"]?artifactregistry\.\S+ denied`,
    String.raw`Service Agent\b.{0,200}(?:must have permission to read the image|does not have permission to get access tokens)`,
    String.raw`service account \S+ (?:does not exist|was not found)`,
    String.raw`\brole (?:named )?\S+ (?:does not exist|was not found)`,
    String.raw`the API \S+ is not enabled|take a few minutes to propagate`,
  ].join('|'),
  'i',
)

export interface NewRights {
  /** Whether rights were given, or APIs enabled, by this deploy: what has been there for long is not waited for. */
  readonly areNew: boolean
  readonly ui: Ui
  /** Seconds. */
  readonly pause: (seconds: number) => Promise<unknown>
}

/** Does work that needs what was given a moment ago, until that counts. Throws what the last try has thrown. */
export async function oncePermitted(work: () => Promise<void>, { areNew, ui, pause }: NewRights): Promise<void> {
  for (const seconds of areNew ? pauses : []) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Error) || !notYet.test(error.message)) throw error
      const text = `what was enabled or permitted a moment ago does not count everywhere yet: trying again in ${seconds} s`
      ui.emit({ kind: 'note', text })
      await pause(seconds)
    }
  }
  await work()
}
