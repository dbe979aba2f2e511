import { readFileSync } from 'node:fs'

/** Set when the package is built; a checkout reads its package.json. */
declare const AL_VERSION: string | undefined

export const version: string =
  typeof AL_VERSION === 'string'
    ? AL_VERSION
    : (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version
