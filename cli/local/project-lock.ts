import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { exitCodes, UserError } from '../errors.ts'

/** That this process is the host of a project. */
export interface ProjectLock {
  /** Tells other commands where the host is. */
  announce(host: { readonly url: string; readonly startedAt: number }): void
  release(): void
}

/**
 * Makes this process the one host of the project whose `.al` directory this is. The lock is one of the operating system, by
 * way of SQLite: it ends with the process, however that ends. Throws a UserError while another host has it.
 */
export function lockProject(directory: string): ProjectLock {
  const hostFile = join(directory, 'host.json')
  const database = new DatabaseSync(join(directory, 'host.lock'))
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode !== sqliteBusy) throw error
    throw new UserError(
      `a host already runs for this project${whoIs(hostFile)}; stop it with \`al stop\`, or speak to it: \`al stat\`, \`al run\``,
      exitCodes.failure,
    )
  }
  return {
    announce(host) {
      const draft = `${hostFile}.${process.pid}`
      writeFileSync(draft, `${JSON.stringify({ ...host, pid: process.pid })}\n`)
      renameSync(draft, hostFile)
    },
    release() {
      if (!database.isOpen) return
      rmSync(hostFile, { force: true })
      database.close()
    },
  }
}

const sqliteBusy = 5

/** ` (process 12, http://localhost:8080)`; nothing while the other one has not said so yet. */
function whoIs(hostFile: string): string {
  try {
    const { pid, url } = JSON.parse(readFileSync(hostFile, 'utf8')) as { pid?: unknown; url?: unknown }
    return typeof pid === 'number' && typeof url === 'string' ? ` (process ${pid}, ${url})` : ''
  } catch {
    // It is about to write it.
    return ''
  }
}
