type HeaderLookup = (name: string) => string | undefined

/** What the page sends with every request: another site's page can send it only if we allowed that, and we do not. */
const pageHeader = 'x-al-dashboard'

/**
 * Why a request that is to count by its cookie did not come from a page of ours; nothing if it did. The cookie's
 * `SameSite=Strict` does not tell other ports of this machine apart, and old browsers know it not at all.
 */
export function notOwnPage(method: string, header: HeaderLookup): string | undefined {
  if (header(pageHeader) === undefined) return `a session without the header ${pageHeader}`
  const site = header('sec-fetch-site')
  // A browser's own word, which no page can change; it holds behind proxies that change the host, too.
  if (site !== undefined) return site === 'same-origin' ? undefined : `a session from a page that is ${site}`
  const origin = header('origin')
  if (origin === undefined) return method === 'GET' || method === 'HEAD' ? undefined : 'a session without an origin'
  return hostOf(origin) === header('host') ? undefined : 'a session from a page of another origin'
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
