import { setTimeout as sleep } from 'node:timers/promises'
import type { GoogleAccount } from '../account.ts'
import { answered } from '../google-api.ts'
import { GoogleFailure } from '../google-failure.ts'

interface Operation {
  readonly name?: string
  readonly done?: boolean
  readonly error?: { readonly message?: string }
}

export interface Waiting {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds between two looks, and for all of them. */
  readonly polling?: number
  readonly patience?: number
}

/** Waits until work that Google has begun is over. `base` is what its name is appended to. Throws a `GoogleFailure`. */
export async function waitForOperation(
  begun: Operation,
  base: string,
  { api }: Pick<GoogleAccount, 'api'>,
  { signal, polling = 2000, patience = 600_000 }: Waiting = {},
): Promise<void> {
  let operation = begun
  for (let waited = 0; operation.done !== true && operation.name !== undefined; waited += polling) {
    if (waited > patience)
      throw new GoogleFailure('service', `${operation.name} is not over after ${patience / 60_000} minutes`)
    await sleep(polling, undefined, { signal })
    operation = (await answered(api('GET', `${base}${operation.name}`, { ...(signal && { signal }) }), [])) ?? {}
  }
  if (operation.error !== undefined)
    throw new GoogleFailure('service', operation.error.message ?? 'Google gave no reason')
}
