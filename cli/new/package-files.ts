import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

/** The repository in a checkout; `dist/` in the package, where this is a part of a chunk in `dist/chunks/`. */
const root = import.meta.url.endsWith('.ts') ? dirname(dirname(here)) : dirname(here)

/** Names of the files in a directory that travels with `al`, in order. */
export const packagedNames = (directory: string): string[] => readdirSync(join(root, directory)).sort()

/** The text of a file that travels with `al`. */
export const packagedText = (path: string): string => readFileSync(join(root, path), 'utf8')
