import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import type { Content, Entry, ProjectFiles } from '../core/project/files.ts'

/**
 * The files of a project on this machine. Reading is synchronous: a project is thousands of small files, and a round trip
 * through the thread pool costs more than the read.
 */
export function projectFiles(directory: string, home: string = homedir()): ProjectFiles {
  const root = resolve(directory)
  const locate = (path: string) => (path.startsWith('~/') ? join(home, path.slice(2)) : join(root, path))
  return {
    directoryName: basename(realName(root)),
    list(path) {
      try {
        return readdirSync(locate(path), { withFileTypes: true }).map((entry): Entry => {
          const { name } = entry
          if (entry.isDirectory()) return { name, kind: 'directory' }
          if (entry.isFile()) return { name, kind: 'file' }
          return { name, kind: entry.isSymbolicLink() ? follow(join(locate(path), name)) : 'other' }
        })
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code
        if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
        throw new Error(`cannot read ${locate(path)}: ${reasons[code ?? ''] ?? code}`)
      }
    },
    read: (path, limit) => read(locate(path), limit),
  }
}

function realName(directory: string): string {
  try {
    return realpathSync(directory)
  } catch {
    return directory
  }
}

function follow(link: string): Entry['kind'] {
  try {
    const target = statSync(link)
    return target.isDirectory() ? 'directory' : target.isFile() ? 'file' : 'other'
  } catch {
    return 'broken-link'
  }
}

function read(path: string, limit: number): Content {
  try {
    const stats = statSync(path)
    if (!stats.isFile()) return { kind: 'unreadable', reason: 'is no file' }
    if (stats.size > limit) return { kind: 'too-large', bytes: stats.size }
    const bytes = readFileSync(path)
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' }
    if (error instanceof TypeError) return { kind: 'unreadable', reason: 'is not UTF-8 text' }
    return { kind: 'unreadable', reason: reasons[code ?? ''] ?? code ?? 'unknown reason' }
  }
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  ELOOP: 'its links lead in a circle',
  EISDIR: 'is a directory',
}
