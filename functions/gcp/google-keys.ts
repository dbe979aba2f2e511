import type { HonoJsonWebKey } from 'hono/utils/jwt/jws'
import { type GoogleAddress, googleAddress } from '../../core/google-address.ts'

/** The keys that Google signs identity tokens with, by the key id a token names. */
export type GoogleKeys = (kid: string) => Promise<HonoJsonWebKey | undefined>

export interface GoogleKeysOptions {
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly addressOf?: GoogleAddress
}

const published = 'https://www.googleapis.com/oauth2/v3/certs'

/** Milliseconds. A stranger's token can name any key: that alone must not make us ask Google each time. */
const soonest = 60_000
const timeout = 5000

/**
 * Google's public keys, kept for as long as their answer allows. A key that is not among them is looked for again, at most
 * once a minute: keys change. Throws when the keys cannot be had.
 */
export function googleKeys({ now, addressOf = googleAddress(undefined) }: GoogleKeysOptions): GoogleKeys {
  let kept: Promise<Fetched> | undefined

  async function ask(): Promise<Fetched> {
    const at = now()
    const answer = await fetch(addressOf(published), { signal: AbortSignal.timeout(timeout) })
    const { keys } = answer.ok ? ((await answer.json()) as { keys?: HonoJsonWebKey[] }) : {}
    if (!Array.isArray(keys)) throw new Error(`Google's keys could not be read: HTTP ${answer.status}`)
    const [, seconds = '0'] = /max-age=(\d+)/.exec(answer.headers.get('cache-control') ?? '') ?? []
    return { at, until: at + Math.max(Number(seconds) * 1000, soonest), keys }
  }

  function renew(): Promise<Fetched> {
    const asked = ask()
    kept = asked
    asked.catch(() => {
      if (kept === asked) kept = undefined
    })
    return asked
  }

  return async (kid) => {
    const find = ({ keys }: Fetched) => keys.find((key) => key.kid === kid)
    let fetched = await (kept ?? renew())
    const isOld = now() >= fetched.until || (find(fetched) === undefined && now() >= fetched.at + soonest)
    if (isOld) fetched = await renew()
    return find(fetched)
  }
}

interface Fetched {
  readonly at: number
  readonly until: number
  readonly keys: readonly HonoJsonWebKey[]
}
