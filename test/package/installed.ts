import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { scratchDirectory } from '../support/synth-project.ts'

/** An empty place: a home, a directory to work in, and nowhere anything of this repository. */
export interface EmptyPlace {
  readonly home: string
  /** Where the person is. */
  readonly directory: string
  /** Where `npm install -g` puts things. */
  readonly prefix: string
  readonly env: Readonly<Record<string, string>>
}

export function emptyPlace(): EmptyPlace {
  const top = scratchDirectory()
  const place = { home: join(top, 'home'), directory: join(top, 'work'), prefix: join(top, 'npm') }
  for (const directory of Object.values(place)) mkdirSync(directory, { recursive: true })
  const path = [join(place.prefix, 'bin'), dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin']
  const env = {
    PATH: path.join(':'),
    HOME: place.home,
    npm_config_prefix: place.prefix,
    npm_config_cache: join(place.home, '.npm'),
    npm_config_update_notifier: 'false',
  }
  return { ...place, env }
}

/** Runs a line of shell there, and answers what came of it. */
export function typed(place: EmptyPlace, line: string, more: Readonly<Record<string, string>> = {}) {
  const env = { ...place.env, ...more }
  const { status, stdout, stderr } = spawnSync('sh', ['-ec', line], { cwd: place.directory, env, encoding: 'utf8' })
  return { code: status, stdout, stderr }
}

/** Installs the package as a person does. */
export function install(place: EmptyPlace, tarball: string): void {
  const { code, stderr } = typed(place, `npm install -g --no-audit --no-fund '${tarball}'`)
  if (code !== 0) throw new Error(`npm install failed: ${stderr}`)
}
