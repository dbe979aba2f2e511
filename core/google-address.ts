/** Translates one of Google's URLs into the address to use here. */
export type GoogleAddress = (url: string) => string

/**
 * Google's services, or a stand-in for all of them on this machine, for tests: `https://run.googleapis.com/v2` is
 * `http://localhost:1234/run.googleapis.com/v2` where the endpoint is `http://localhost:1234`. Throws for an endpoint on
 * another machine: identities would be sent there.
 */
export function googleAddress(endpoint: string | undefined): GoogleAddress {
  if (!endpoint) return (url) => url
  const base = endpoint.replace(/\/+$/, '')
  if (!/^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\]):\d+$/.test(base)) {
    throw new Error('AL_GOOGLE_ENDPOINT has to be on this machine, like http://localhost:1234')
  }
  return (url) => url.replace(/^https:\//, base)
}
