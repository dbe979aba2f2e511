import * as z from 'zod'
import { type Answer, doneShape, errorShape, ok, refused } from '../answer.ts'
import { gatewayKey, keyProblem } from '../gateway-secrets.ts'
import type { GatewayOptions } from '../options.ts'
import { type Incoming, type Route, route } from '../route.ts'
import { notOwnPage } from './own-page.ts'
import { cookieFor, noCookie, sessionIn } from './session-cookie.ts'

/** Requests that a wrong login counts as, of those that one address may send without proof: ten a minute. */
const loginCounts = 12

const elsewhere = 'log in on the page itself: this request came from another one'
const notPrivate = 'over plain HTTP this page works on its own machine only: open it at http://127.0.0.1, or use https'

/** How a browser gets a session of the dashboard, and ends it. */
export function loginRoutes(options: GatewayOptions): Route[] {
  const { plane, log } = options

  /** Why a login is refused, for the log; nothing if it is accepted. */
  const problem = async ({ key, code }: { readonly key?: string; readonly code?: string }) => {
    if (code !== undefined) return (await plane.takeLogin(code)) ? undefined : 'a login link that is not good any more'
    return key === undefined ? 'no key' : await keyProblem(options, key)
  }
  const answers = { 200: doneShape, 400: errorShape, 403: errorShape, 429: errorShape, 503: errorShape }
  return [
    route({
      method: 'POST',
      path: '/login',
      access: 'open',
      summary:
        'Begins a session of the dashboard, in a cookie, for who has the gateway key or a login link of `al start -w`.',
      body: z.object({ key: z.string().max(1000).optional(), code: z.string().max(100).optional() }),
      answers: { ...answers, 401: errorShape },
      async handle({ body, header }) {
        const foreign = notOwnPage('POST', header)
        if (foreign !== undefined) return { ...refused(403, elsewhere), detail: foreign }
        const origin = originOf(header)
        if (cookieFor(origin, '-') === undefined) return refused(403, notPrivate)
        const detail = await problem(body)
        const key = detail === undefined ? (await gatewayKey(options))?.value : undefined
        if (key === undefined) return { ...refused(401, refusal(body)), detail, weight: loginCounts }
        const id = await plane.openSession(key)
        log('info', 'somebody has logged in to the dashboard', { by: body.code === undefined ? 'key' : 'link' })
        return withCookie(ok({ success: true, message: 'logged in' }), cookieFor(origin, id))
      },
    }),
    route({
      method: 'POST',
      path: '/logout',
      access: 'open',
      summary: 'Ends the session of the dashboard that the cookie names.',
      answers,
      async handle({ header }) {
        const foreign = notOwnPage('POST', header)
        if (foreign !== undefined) return { ...refused(403, elsewhere), detail: foreign }
        const id = sessionIn(header)
        if (id !== undefined) await plane.closeSession(id)
        return withCookie(ok({ success: true, message: 'logged out' }), noCookie(originOf(header)))
      },
    }),
  ]
}

/** Browsers send it with every POST; without one the session could not be bound to TLS. */
const originOf = (header: Incoming['header']): string => header('origin') ?? ''

const refusal = ({ code }: { readonly code?: string }): string =>
  code === undefined
    ? 'this is not the gateway key: it is the credential gateway_api_key'
    : 'this link has been used, or is older than ten minutes: restart "al start -w" for another, or paste the gateway key'

const withCookie = (answer: Answer, cookie: string | undefined): Answer => ({
  ...answer,
  ...(cookie !== undefined && { headers: { 'set-cookie': cookie } }),
})
