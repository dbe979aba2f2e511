import type { Entry, ProjectFiles } from '../files.ts'

/** Path → text: the files of a project, relative to it; `~/` is the user's home. */
export type Texts = Readonly<Record<string, string>>

/** A project that exists in memory only, for tests that compile thousands of them. */
export function projectInMemory(texts: Texts, directoryName = 'demo'): ProjectFiles {
  return {
    directoryName,
    list(path) {
      const inside = path === '' ? '' : `${path}/`
      const entries = new Map<string, Entry>()
      for (const file of Object.keys(texts)) {
        if (file.startsWith('~/') || !file.startsWith(inside)) continue
        const [name = '', ...below] = file.slice(inside.length).split('/')
        entries.set(name, { name, kind: below.length === 0 ? 'file' : 'directory' })
      }
      return entries.size === 0 && path !== '' ? undefined : [...entries.values()]
    },
    read(path, limit) {
      const text = Object.hasOwn(texts, path) ? texts[path] : undefined
      if (text === undefined) return { kind: 'absent' }
      const bytes = new TextEncoder().encode(text).length
      return bytes > limit ? { kind: 'too-large', bytes } : { kind: 'text', text }
    },
  }
}

/** A `[model]` that needs nothing else. */
export const modelToml = '[model]\nprovider = "anthropic"\nmodel = "claude-sonnet-4-20250514"\n'

/** The least an agent needs. */
export const agentToml = 'schedule = "0 5 * * *"\n'
