import { existsSync, type FSWatcher, watch } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface ProjectWatch {
  close(): void
}

/** Milliseconds of quiet before a change counts as finished: editors and `git checkout` write more than one file. */
const quiet = 500

/** What the project's own directory has that makes a difference. */
const rootFiles = new Set(['config.toml', '.env.toml', 'Dockerfile', 'agents', 'environments'])

/** What tools write beside the files they were told to write. */
const noise = /(^|[/\\])(\.git|node_modules|\.DS_Store|4913|[^/\\]*(~|\.sw[a-z]))([/\\]|$)/

/**
 * Tells of changes of a project's files, some time after the last one of a burst. `onError`: no more changes will be told
 * of, since this machine can watch no more files.
 */
export function watchProject(directory: string, onChange: () => void, onError: (error: unknown) => void): ProjectWatch {
  const watchers = new Map<string, FSWatcher>()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const changed = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      // A directory that is new, or was replaced, is not watched yet.
      arm()
      onChange()
    }, quiet)
  }

  function begin(path: string, recursive: boolean, matters: (name: string) => boolean): void {
    if (watchers.has(path) || !existsSync(path)) return
    try {
      const watcher = watch(path, { recursive }, (_, name) => {
        if (name === null || (matters(name) && !noise.test(name))) changed()
        if (!existsSync(path)) drop(path)
      })
      watcher.on('error', (error: NodeJS.ErrnoException) => {
        drop(path)
        // It was removed while it was being looked at.
        if (error.code === 'ENOENT') changed()
        else onError(error)
      })
      watchers.set(path, watcher)
    } catch (error) {
      onError(error)
    }
  }

  function drop(path: string): void {
    watchers.get(path)?.close()
    watchers.delete(path)
  }

  function arm(): void {
    if (closed) return
    begin(directory, false, (name) => rootFiles.has(name))
    begin(join(directory, 'agents'), true, () => true)
    begin(join(directory, 'environments'), true, () => true)
    begin(join(homedir(), '.action-llama', 'environments'), true, () => true)
  }

  arm()
  return {
    close() {
      closed = true
      clearTimeout(timer)
      for (const path of [...watchers.keys()]) drop(path)
    },
  }
}
