import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { type Content, type Entry, type ProjectFiles, Unreadable } from '../core/project/files.ts'

/**
 * The files of a project on this machine. Reading is synchronous: a project is thousands of small files, and a round trip
 * through the thread pool costs more than the read.
 */
export function projectFiles(directory: string, home: string = homedir()): ProjectFiles {
  const root = resolve(directory)
  const locate = (path: string) => (path.startsWith('~/') ? join(home, path.slice(2)) : join(root, path))
  return {
    directoryName: basename(realName(root)),
    projectAbove: () => projectAbove(root),
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
        throw new Unreadable(path, reasons[code ?? ''] ?? code ?? 'unknown reason')
      }
    },
    read: (path, limit) => read(locate(path), limit, path.startsWith('~/') ? undefined : root),
  }
}

function projectAbove(root: string): string | undefined {
  const above = dirname(root)
  if (above === root) return undefined
  return existsSync(join(above, 'config.toml')) ? relative(process.cwd(), above) || '.' : projectAbove(above)
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

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** With a root, links are followed only inside of it, or inside the directory they stand in. */
function read(path: string, limit: number, root: string | undefined): Content {
  try {
    if (root !== undefined && lstatSync(path).isSymbolicLink() && !staysInside(path, root)) {
      return { kind: 'unreadable', reason: 'is a link out of the project; copy the file' }
    }
    const stats = statSync(path)
    if (!stats.isFile()) return { kind: 'unreadable', reason: stats.isDirectory() ? 'is a directory' : 'is no file' }
    if (stats.size > limit) return { kind: 'too-large', bytes: stats.size }
    const bytes = readFileSync(path)
    return { kind: 'text', text: utf8.decode(bytes) }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' }
    if (error instanceof TypeError) return { kind: 'unreadable', reason: 'is not UTF-8 text' }
    return { kind: 'unreadable', reason: reasons[code ?? ''] ?? code ?? 'unknown reason' }
  }
}

/**
 * Whatever is read ends in the plan. A project somebody else wrote must not be able to put this machine's files there by
 * way of a link. (Directories of agents may be links: that is how agents are shared between projects.)
 */
function staysInside(link: string, root: string): boolean {
  const target = realpathSync(link)
  return [root, dirname(link)].some((directory) => target.startsWith(realpathSync(directory) + sep))
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  ELOOP: 'its links lead in a circle',
  EISDIR: 'is a directory',
}
