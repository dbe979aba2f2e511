import { createHmac } from 'node:crypto'
import type { HeaderLookup } from '../provider.ts'
import type { Delivery, Source } from '../receive.ts'

export const noon = new Date('2026-03-01T12:00:00.000Z')

/** A lookup over headers written in lower case. */
export function headers(of: Readonly<Record<string, string>>): HeaderLookup {
  return (name) => (Object.hasOwn(of, name) ? of[name] : undefined)
}

export function bytes(value: unknown): Uint8Array {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
}

export function hmac(body: Uint8Array, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}

/** A source as the plan writes it. */
export function source(name: string, provider: Source['provider'], access: 'secret' | 'open' | 'closed'): Source {
  return {
    source: name,
    provider,
    paths: [...new Set([`/webhooks/${name}`, `/webhooks/${provider}`])],
    ...(access === 'secret' ? { secret: `al/${name}` } : {}),
    unsigned: access === 'open' ? 'accepted' : 'refused',
  }
}

/** A GitHub push signed with `signedWith`, to sources whose secrets are their own names. */
export function push(path: string, sources: readonly Source[], signedWith?: string): Delivery {
  const body = bytes({ ref: 'refs/heads/main', repository: { full_name: 'acme/site' }, sender: { login: 'ada' } })
  return {
    path,
    body,
    header: headers({
      'x-github-event': 'push',
      'x-github-delivery': 'd1',
      ...(signedWith === undefined ? {} : { 'x-hub-signature-256': `sha256=${hmac(body, signedWith)}` }),
    }),
    sources,
    secretOf: (name) => name,
    agents: sources.map(({ source }) => ({ name: `on-${source}`, triggers: [{ source, filters: {} }] })),
    receivedAt: noon,
  }
}
