import { Jwt } from 'hono/utils/jwt'
import type { GoogleKeys } from './google-keys.ts'

export interface SchedulerIdentity {
  /** Whom a token has to be for: the gateway's URL, as Cloud Scheduler's jobs have it. */
  readonly audience: string
  /** The email address of the service account that the jobs call as. */
  readonly account: string
}

/** `genuine`, or why not; for the log alone. */
export type Verdict = { readonly genuine: true } | { readonly genuine: false; readonly why: string }

const issuer = /^(?:https:\/\/)?accounts\.google\.com$/

/**
 * Whether an `Authorization` header is Cloud Scheduler's: an identity token that Google has signed, for this gateway, for
 * the one service account. Anybody can reach the gateway, and any Google account can have tokens signed, so each claim
 * counts. Throws when Google's keys cannot be had.
 */
export async function verifyScheduler(
  header: string | undefined,
  { audience, account }: SchedulerIdentity,
  keys: GoogleKeys,
): Promise<Verdict> {
  const [, token] = /^Bearer +(\S+) *$/i.exec(header ?? '') ?? []
  if (token === undefined) return refused('no bearer token')
  const kid = keyOf(token)
  if (kid === undefined) return refused('not an identity token')
  const key = await keys(kid)
  if (key === undefined) return refused('signed with a key that is not one of Google')
  try {
    const claims = await Jwt.verifyWithJwks(token, {
      keys: [key],
      allowedAlgorithms: ['RS256'],
      // A clock of ours that is a second behind must not refuse what was issued just now; the expiry counts.
      verification: { iss: issuer, aud: audience, exp: true, iat: false, nbf: false },
    })
    if (typeof claims.exp !== 'number') return refused('it never expires')
    if (claims.email_verified !== true) return refused('its email address is not verified')
    if (claims.email !== account) return refused('it is of another account')
    return { genuine: true }
  } catch (error) {
    // Only the kind of error: the messages quote the token.
    return refused(error instanceof Error ? error.name : 'unreadable')
  }
}

const refused = (why: string): Verdict => ({ genuine: false, why })

function keyOf(token: string): string | undefined {
  try {
    return Jwt.decode(token).header.kid
  } catch {
    return undefined
  }
}
