import { expect, test } from 'vitest'
import { sessionTime } from '../../core/sessions/sessions.ts'
import { canaries, gatewayHost, type Host, type HostSettings, stores } from './gateway-host.ts'

const home = 'http://127.0.0.1:8080'
const own = { host: '127.0.0.1:8080', origin: home, 'x-al-dashboard': '1', 'sec-fetch-site': 'same-origin' }
type Headers = Readonly<Record<string, string>>

const logIn = (host: Host, body: unknown = { key: canaries.key }, headers: Headers = own) =>
  host.ask('POST', '/login', { body, headers })

/** Logs in, and answers what a browser sends from then on. */
async function browser(host: Host): Promise<Headers> {
  const { status, headers } = await logIn(host)
  expect(status).toBe(200)
  return { ...own, cookie: cookieIn(headers) }
}

const cookieIn = (headers: globalThis.Headers): string => headers.get('set-cookie')?.split(';')[0] ?? ''

const hosts = (settings: HostSettings = {}) =>
  Object.entries(stores).map(([name, store]) => [name, () => gatewayHost({ ...settings, store })] as const)

test.each(hosts())('on %s: who has logged in may ask what the key opens, until the day is over', async (_, open) => {
  const host = open()
  const headers = await browser(host)
  expect((await host.ask('GET', '/control/status', { headers })).status).toBe(200)
  expect((await host.ask('POST', '/control/trigger/dev', { headers, body: {} })).status).toBe(200)
  expect(host.launches).toHaveLength(1)
  host.advance(sessionTime - 1)
  expect((await host.ask('GET', '/control/status', { headers })).status).toBe(200)
  host.advance(1)
  expect((await host.ask('GET', '/control/status', { headers })).status).toBe(401)
  await host.store.close()
})

test('a session ends with the logout, and when the key is replaced', async () => {
  const host = gatewayHost()
  const [one, two] = [await browser(host), await browser(host)]
  const { status, headers } = await host.ask('POST', '/logout', { headers: one, body: {} })
  expect([status, headers.get('set-cookie')]).toEqual([200, expect.stringMatching(/=; .*Max-Age=0/)])
  expect((await host.ask('GET', '/control/status', { headers: one })).status).toBe(401)
  expect((await host.ask('GET', '/control/status', { headers: two })).status).toBe(200)
  host.stored.set('al/key', 'another-key-0123456789abcdefghijklmnopqrst')
  expect((await host.ask('GET', '/control/status', { headers: two })).status).toBe(401)
})

test('the cookie is random, for this host alone, out of reach of scripts, and over TLS bound to it', async () => {
  const host = gatewayHost()
  const local = (await logIn(host)).headers.get('set-cookie') ?? ''
  expect(local).toMatch(/^al-session-8080=[\w-]{43}; Path=\/; Max-Age=86400; HttpOnly; SameSite=Strict$/)
  const secured = { ...own, host: 'al.example.com', origin: 'https://al.example.com' }
  const secure = (await logIn(host, undefined, secured)).headers.get('set-cookie') ?? ''
  expect(secure).toMatch(/^__Host-al-session=[\w-]{43}; Path=\/; Max-Age=86400; HttpOnly; SameSite=Strict; Secure$/)
  expect(local.slice(16, 59)).not.toBe(secure.slice(18, 61))
  for (const cookie of [local, secure]) expect(cookie).not.toContain(canaries.key)
})

test('over plain HTTP from another machine nobody gets a session: it would travel in the clear', async () => {
  const host = gatewayHost()
  const { status, headers, body } = await logIn(host, undefined, {
    ...own,
    host: '192.0.2.7:8080',
    origin: 'http://192.0.2.7:8080',
  })
  expect([status, headers.get('set-cookie')]).toEqual([403, null])
  expect(body.error).toContain('https')
})

const foreign: readonly (readonly [string, Headers])[] = [
  ['without the page’s header', { 'x-al-dashboard': '' }],
  ['from another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['from another port of this machine', { origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-site' }],
  ['from another origin, by a browser that says no more', { origin: 'http://127.0.0.1:3000', 'sec-fetch-site': '' }],
  ['without any origin', { origin: '', 'sec-fetch-site': '' }],
]

/** Without those that are empty. */
const sent = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''))

test.each(foreign)('a request %s changes nothing, whatever cookie it brings', async (_, change) => {
  const host = gatewayHost()
  const headers = sent({ ...(await browser(host)), ...change })
  for (const path of ['/control/trigger/dev', '/control/pause', '/control/agents/dev/pause']) {
    expect((await host.ask('POST', path, { headers, body: {} })).status, path).toBe(401)
  }
  expect((await host.ask('POST', '/logout', { headers, body: {} })).status).toBe(403)
  expect((await logIn(host, undefined, sent({ ...own, ...change }))).status).toBe(403)
  expect(host.launches).toEqual([])
  expect((await host.control('GET', '/control/status')).body.scheduler.paused).toBe(false)
})

test('a login link opens one session, once, and within ten minutes', async () => {
  const host = gatewayHost()
  const code = await host.plane.offerLogin()
  const both = await Promise.all([logIn(host, { code }), logIn(host, { code })])
  expect(both.map(({ status }) => status).sort()).toEqual([200, 401])
  expect((await logIn(host, { code })).status).toBe(401)
  const late = await host.plane.offerLogin()
  host.advance(600_000)
  expect((await logIn(host, { code: late })).status).toBe(401)
  expect((await logIn(host, { code: 'guessed' })).status).toBe(401)
})

test('wrong keys are counted: after ten in a minute the address is told to wait, and the right key still opens', async () => {
  const host = gatewayHost()
  const statuses: number[] = []
  for (let i = 0; i < 12; i++) statuses.push((await logIn(host, { key: `wrong-${i}` })).status)
  expect(statuses).toEqual([...Array(10).fill(401), 429, 429])
  expect((await logIn(host)).status).toBe(200)
  host.advance(60_000)
  expect((await logIn(host, { key: 'wrong' })).status).toBe(401)
})

test('nothing in the log tells a key, a code or a session', async () => {
  const host = gatewayHost({ options: {} })
  const code = await host.plane.offerLogin()
  const { cookie = '' } = await browser(host)
  await logIn(host, { code })
  await logIn(host, { key: 'a-wrong-key-somebody-pasted' })
  await host.ask('GET', '/control/status', { headers: { ...own, cookie } })
  await host.ask('GET', '/control/status', { headers: { cookie } })
  const text = JSON.stringify(host.lines)
  expect(text).toContain('logged in')
  for (const secret of [canaries.key, code, cookie.split('=')[1] ?? '?', 'a-wrong-key'])
    expect(text).not.toContain(secret)
})

test('who is not logged in is led to the login, and the API says 401', async () => {
  const host = gatewayHost()
  const go = async (path: string, headers: Headers = {}) => {
    const { status, headers: said } = await host.ask('GET', path, { headers })
    return [status, said.get('location')]
  }
  expect(await go('/')).toEqual([302, '/dashboard'])
  expect(await go('/dashboard')).toEqual([302, '/login'])
  expect(await go('/dashboard/runs/dev-1')).toEqual([302, '/login?to=%2Fdashboard%2Fruns%2Fdev-1'])
  expect(await go('/login')).toEqual([200, null])
  expect(await go('/control/status')).toEqual([401, null])
  expect(await go('/dashboard', await browser(host))).toEqual([200, null])
})

test('pages run nothing but their own script, and cannot be framed', async () => {
  const { headers } = await gatewayHost().ask('GET', '/login')
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toMatch(/unsafe|\*|https?:|data:/)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
})

test('files of the page have types of their own, and names in which nothing but a name counts', async () => {
  const host = gatewayHost()
  const script = await host.ask('GET', '/assets/app-0.js')
  expect([script.status, script.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8'])
  expect(script.headers.get('cache-control')).toContain('immutable')
  for (const name of ['nothing.js', '..%2fplan.json', '..%2f..%2fetc%2fpasswd', 'plan.json', '.js', '%00.js']) {
    expect((await host.ask('GET', `/assets/${name}`)).status, name).toBe(404)
  }
})

test('a host without a dashboard takes no session and has no page', async () => {
  const host = gatewayHost()
  const { cookie = '' } = await browser(host)
  const without = gatewayHost({ options: { dashboard: undefined } as never, store: () => host.store })
  for (const path of ['/', '/login', '/dashboard', '/assets/app-0.js']) {
    expect((await without.ask('GET', path)).status, path).toBe(404)
  }
  expect((await without.ask('GET', '/control/status', { headers: { ...own, cookie } })).status).toBe(401)
})
