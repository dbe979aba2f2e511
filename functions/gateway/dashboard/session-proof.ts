import { gatewayKey } from '../gateway-secrets.ts'
import type { GatewayOptions } from '../options.ts'
import { notOwnPage } from './own-page.ts'
import { sessionIn } from './session-cookie.ts'

type HeaderLookup = (name: string) => string | undefined

/** Whether the cookie of a request is of a session that is open. */
export async function hasSession(options: GatewayOptions, header: HeaderLookup): Promise<boolean> {
  const id = sessionIn(header)
  const key = id === undefined ? undefined : (await gatewayKey(options))?.value
  return id !== undefined && key !== undefined && (await options.plane.isSessionOpen(id, key))
}

/**
 * Nothing if a request without a key counts as its operator's: by the session of a browser that is logged in to the
 * dashboard, sent by the dashboard's own page. Else why not, for the log alone.
 */
export async function sessionProblem(
  options: GatewayOptions,
  method: string,
  header: HeaderLookup,
): Promise<string | undefined> {
  if (options.dashboard === undefined || sessionIn(header) === undefined) return 'no key'
  const foreign = notOwnPage(method, header)
  if (foreign !== undefined) return foreign
  return (await hasSession(options, header)) ? undefined : 'the session is over'
}
