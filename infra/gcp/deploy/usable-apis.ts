import { setTimeout as sleep } from 'node:timers/promises'
import { type GoogleAccount, isSwitchedOff } from '../account.ts'
import type { Waiting } from './operation.ts'

/** What is asked of an API to see whether it answers: those that a deploy asks first. */
const questions: Readonly<Record<string, (account: GoogleAccount) => string>> = {
  'cloudresourcemanager.googleapis.com': ({ project }) => `/v3/projects/${project}`,
  'secretmanager.googleapis.com': ({ project }) => `/v1/projects/${project}/secrets?pageSize=1`,
}

/**
 * Waits until APIs that were just enabled take calls: for a minute or two they may still say that they are off. One that
 * stays silent for longer is left to whoever calls it next, with Google's own words.
 */
export async function waitUntilUsable(
  names: readonly string[],
  account: GoogleAccount,
  { signal, polling = 3000, patience = 180_000 }: Waiting = {},
): Promise<void> {
  const asked = names.flatMap((host) => {
    const path = questions[host]?.(account)
    return path === undefined ? [] : [`https://${host}${path}`]
  })
  let waited = 0
  for (const url of asked) {
    for (; waited < patience; waited += polling) {
      const answer = await account.api('GET', url, signal === undefined ? {} : { signal })
      if (answer.status < 300 || !isSwitchedOff(answer.failure())) break
      await sleep(polling, undefined, { signal })
    }
  }
}
