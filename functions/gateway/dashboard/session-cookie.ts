import { sessionTime } from '../../../core/sessions/sessions.ts'

type HeaderLookup = (name: string) => string | undefined

/** Bound to this very host by browsers: only a page loaded over TLS can set it, and no neighbouring domain can. */
const secureName = '__Host-al-session'

/** Browsers share cookies between the ports of a machine: the hosts of two projects must not log each other out. */
const localName = (port: string): string => `al-session-${port === '' ? '80' : port}`

/** The id of the session that a request brings; nothing if it brings none. */
export function sessionIn(header: HeaderLookup): string | undefined {
  const cookies = cookiesIn(header('cookie') ?? '')
  const port = /:(\d+)$/.exec(header('host') ?? '')?.[1] ?? ''
  return cookies.get(secureName) ?? cookies.get(localName(port))
}

/**
 * The cookie to set for a page of this origin. Nothing where a session would travel in the clear: over HTTP, unless the
 * page and its host are one machine.
 */
export function cookieFor(origin: string, id: string): string | undefined {
  return cookie(origin, id, sessionTime / 1000)
}

/** The same cookie, gone. */
export const noCookie = (origin: string): string | undefined => cookie(origin, '', 0)

function cookie(origin: string, value: string, seconds: number): string | undefined {
  if (!URL.canParse(origin)) return undefined
  const { protocol, hostname, port } = new URL(origin)
  const attributes = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict`
  if (protocol === 'https:') return `${secureName}=${value}; ${attributes}; Secure`
  const here = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
  return here ? `${localName(port)}=${value}; ${attributes}` : undefined
}

/** If two have the same name the first one counts: browsers send the more specific one first. */
function cookiesIn(header: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const part of header.split(';')) {
    const [, name, value] = /^\s*([\w-]+)=([\w-]{1,100})\s*$/.exec(part) ?? []
    if (name !== undefined && value !== undefined && !found.has(name)) found.set(name, value)
  }
  return found
}
