import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type FileError, ok, type Result } from '@earendil-works/pi-agent-core'
import { NodeExecutionEnv } from '@earendil-works/pi-agent-core/harness/env/nodejs'

/**
 * Files and processes of the tools. Each command is a process group of its own. What a command leaves running in the
 * background goes on while the session does, and ends with it.
 */
export class Shell extends NodeExecutionEnv {
  readonly #groups = new ProcessGroups()
  readonly #temporary: string

  /** `temporary` is where the whole output of a command goes of which the model sees a part. */
  constructor(cwd: string, temporary: string) {
    super({ cwd })
    this.#temporary = temporary
    // The library forgets a command's group once the command has ended, background processes or not.
    Reflect.set(this, 'activeChildPids', this.#groups)
  }

  override async createTempDir(prefix = 'tmp-'): Promise<Result<string, FileError>> {
    const directory = join(this.#temporary, `al-${prefix}${randomUUID()}`)
    await mkdir(directory, { recursive: true, mode: 0o700 })
    return ok(directory)
  }

  /** Kills every process that a tool has started, unless it made itself a session of its own. */
  killAll(): void {
    this.#groups.kill()
  }
}

/** Ids of process groups. One that was deleted stays until its last process is gone. */
class ProcessGroups extends Set<number> {
  readonly #left = new Set<number>()

  override delete(id: number): boolean {
    for (const group of [...this.#left, id]) {
      if (isAlive(group)) this.#left.add(group)
      else this.#left.delete(group)
    }
    return super.delete(id)
  }

  kill(): void {
    for (const group of [...this, ...this.#left]) signalGroup(group, 'SIGKILL')
    this.#left.clear()
  }
}

const isAlive = (group: number): boolean => signalGroup(group, 0)

/** Whether there was somebody to get it. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal)
  } catch {
    // Nobody is left in the group.
    return false
  }
}
