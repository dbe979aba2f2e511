import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'

/** The checkout that a project lies in: what git knows, without asking git. */
export interface Checkout {
  /** Absolute path of its root. Without a checkout, the project's own directory. */
  readonly root: string
  /** The project, seen from the root, with `/`; `.` if it is the root. */
  readonly project: string
  /** `owner/name` on GitHub, by the remote `origin`; absent if that is elsewhere. */
  readonly github?: string
}

export function checkoutOf(project: string): Checkout {
  const directory = resolve(project)
  const root = rootOf(directory) ?? directory
  const github = githubOrigin(join(root, '.git'))
  return {
    root,
    project: relative(root, directory).split(sep).join('/') || '.',
    ...(github !== undefined && { github }),
  }
}

function rootOf(directory: string): string | undefined {
  if (existsSync(join(directory, '.git'))) return directory
  const parent = dirname(directory)
  return parent === directory ? undefined : rootOf(parent)
}

/** A worktree's `.git` is a file that names another directory; then no repository is guessed. */
function githubOrigin(git: string): string | undefined {
  const file = join(git, 'config')
  if (!existsSync(git) || !statSync(git).isDirectory() || !existsSync(file)) return undefined
  const section = /^\[remote "origin"\]\s*$([^[]*)/m.exec(readFileSync(file, 'utf8'))?.[1]
  const url = /^\s*url\s*=\s*(\S+)\s*$/m.exec(section ?? '')?.[1]
  return /^(?:https:\/\/(?:[^@/]+@)?github\.com\/|(?:ssh:\/\/)?git@github\.com[:/])([^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(
    url ?? '',
  )?.[1]
}
