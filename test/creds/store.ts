import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { startAl } from '../cli-client/scripted-host.ts'
import { tempDirectory } from '../support/temp-project.ts'

/** Everything a secret of a test has in it: it must not be in anything that is printed. */
export const canary = 'c4n4ry'

/** A store of credentials, and `al` as somebody types it who has that one. */
export function emptyStore() {
  const directory = join(tempDirectory(), 'credentials')
  const file = (path: string) => join(directory, path)
  return {
    directory,
    file,
    env: { AL_CREDENTIALS_HOME: directory },
    has: (path: string) => existsSync(file(path)),
    value: (path: string) => readFileSync(file(path), 'utf8'),
    mode: (path: string) => statSync(file(path)).mode & 0o777,
    al: (args: readonly string[], stdin = '', env: Readonly<Record<string, string>> = {}) =>
      startAl(args, { cwd: tempDirectory(), env: { AL_CREDENTIALS_HOME: directory, ...env }, stdin }).ended,
  }
}
