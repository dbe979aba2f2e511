import { timingSafeEqual } from 'node:crypto'
import { hashOf, parseRunId, type Run } from './run.ts'

/**
 * Who speaks: the container of a run, by the secret it made at its claim. The secret is `<run id>.<32 random bytes>`, so it
 * says which run it is for; the run has its hash.
 */
export interface Session {
  readonly agent: string
  readonly suffix: string
  readonly hash: string
}

/** Reads a bearer secret, of a session or a ticket; nothing if it is not one. */
export function parseSecret(secret: string): (Session & { readonly secret: string }) | undefined {
  const dot = secret.indexOf('.')
  const ref = dot === -1 ? undefined : parseRunId(secret.slice(0, dot))
  return ref && { ...ref, hash: hashOf(secret), secret: secret.slice(dot + 1) }
}

/** `stranger`: no run has this secret. `over`: the run has ended, and so has the right to speak for it. */
export type Standing = 'running' | 'over' | 'stranger'

export function standing(run: Run | undefined, session: Session): Standing {
  if (run?.session === undefined || !sameHash(run.session, session.hash)) return 'stranger'
  return run.state === 'running' ? 'running' : 'over'
}

/** What is answered to somebody who does not speak for a running run. */
export interface Nobody {
  readonly kind: 'over' | 'stranger'
}

export const nobody = (is: Standing): Nobody => ({ kind: is === 'stranger' ? 'stranger' : 'over' })

/** Compares two hashes of secrets in constant time. */
export const sameHash = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
