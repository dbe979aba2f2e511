type HeaderLookup = (name: string) => string | undefined

/**
 * The header that the page sends with every request. Another site's page could send it only if the gateway allowed that,
 * and it does not.
 */
const pageHeader = 'x-al-dashboard'

/**
 * Why a request that relies on its cookie did not come from the dashboard's own page; nothing if it did. The cookie's
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
