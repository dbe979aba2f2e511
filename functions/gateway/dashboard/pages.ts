import * as z from 'zod'
import { type Answer, errorShape, refused } from '../answer.ts'
import type { GatewayOptions } from '../options.ts'
import { type Incoming, type Route, route } from '../route.ts'
import { type PageFiles, pageAnswers } from './page-files.ts'
import { hasSession } from './session-proof.ts'

const nothing = z.object({})
const html = z.instanceof(Uint8Array).describe('HTML')

/** The page of the web dashboard. It holds no data, so everybody may have it; without a session it leads to the login. */
export function pageRoutes(options: GatewayOptions, files: PageFiles): Route[] {
  const answer = pageAnswers(files)
  const page = async (): Promise<Answer> => (await answer('index.html')) ?? refused(404, 'the page is not here')
  const guarded = async ({ header, path }: Incoming): Promise<Answer> => {
    if (await hasSession(options, header)) return await page()
    return redirect(path === '/dashboard' ? '/login' : `/login?to=${encodeURIComponent(path)}`)
  }
  const answers = { 200: html, 302: nothing.describe('to /login'), 404: errorShape, 503: errorShape }
  const common = { method: 'GET', access: 'open', type: 'text/html', answers } as const
  return [
    route({
      method: 'GET',
      path: '/',
      access: 'open',
      summary: 'Leads to the dashboard.',
      answers: { 302: nothing.describe('to /dashboard') },
      handle: () => redirect('/dashboard'),
    }),
    route({ ...common, path: '/login', summary: 'The page to log in to the dashboard.', handle: page }),
    route({ ...common, path: '/dashboard', summary: 'The web dashboard.', handle: guarded }),
    route({
      ...common,
      path: '/dashboard/:view',
      summary: 'A view of the dashboard.',
      params: z.object({ view: z.string() }),
      handle: guarded,
    }),
    route({
      ...common,
      path: '/dashboard/:view/:id',
      summary: 'One agent or run in the dashboard.',
      params: z.object({ view: z.string(), id: z.string() }),
      handle: guarded,
    }),
    route({
      method: 'GET',
      path: '/assets/:file',
      access: 'open',
      type: 'application/octet-stream',
      summary: 'A script, style sheet or picture of the dashboard, by a name that changes with its content.',
      params: z.object({ file: z.string() }),
      answers: { 200: z.instanceof(Uint8Array).describe('the file, compressed with gzip'), 404: errorShape },
      handle: async ({ params: { file } }) => (await answer(file)) ?? refused(404, 'no such file'),
    }),
  ]
}

const redirect = (location: string): Answer => ({ status: 302, body: {}, headers: { location } })
