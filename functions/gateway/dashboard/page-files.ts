import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Answer } from '../answer.ts'

/** The files of the dashboard's page, by name, as `build/page.ts` makes them; nothing if there is no such file. */
export type PageFiles = (name: string) => Promise<Uint8Array | undefined>

/** The files that lie beside a function's code. They are read when somebody looks, so no cold start pays for them. */
export const pageFilesIn =
  (directory: string): PageFiles =>
  (name) =>
    readFile(join(directory, 'dashboard', name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/**
 * The page loads nothing from elsewhere, has no inline code, cannot be framed, and no text can become markup or code: it
 * shows what agents and strangers write.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const always = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-frame-options': 'DENY',
}

/** The answers of pages and their files, each compressed once. */
export function pageAnswers(files: PageFiles) {
  const compressed = new Map<string, Promise<Uint8Array | undefined>>()
  const read = async (name: string) => {
    const bytes = await files(name)
    return bytes && (await promisify(gzip)(bytes, { level: 9 }))
  }
  return async (name: string): Promise<Answer | undefined> => {
    const type = types[/^[\w-]+\.(\w+)$/.exec(name)?.[1] ?? '']
    if (type === undefined) return undefined
    const known = compressed.get(name) ?? read(name)
    const bytes = await known
    if (bytes === undefined) return undefined
    compressed.set(name, known)
    const caching = name.includes('-') ? 'public, max-age=31536000, immutable' : 'no-store'
    return {
      status: 200,
      body: bytes,
      headers: { ...always, 'content-type': type, 'content-encoding': 'gzip', 'cache-control': caching },
    }
  }
}
