import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { DeployFailure } from './deploy-failure.ts'

/** A Pulumi CLI, ready to be started: `command ...args` and then its own arguments. */
export interface PulumiCli {
  readonly command: string
  readonly args: readonly string[]
  /** Without the `v`. */
  readonly version: string
}

/** The first release whose commands do all that is asked of them. Source: `checkInlineSupport` of the Automation API. */
const oldest = [3, 181, 0] as const

const howToGet = 'npm install -g pulumi (or https://www.pulumi.com/docs/install)'

/**
 * The Pulumi CLI: the one on the path, else the npm package `pulumi` of the project or beside al, which fetches the CLI
 * itself when it first runs. Throws a `DeployFailure` (installation) of one line where there is none, or one too old.
 */
export async function findPulumi(
  projectDirectory: string,
  environment: NodeJS.ProcessEnv,
  packageFrom: (directory: string) => string | undefined = installedPackage,
): Promise<PulumiCli> {
  const found = onPath(environment) ?? packageFrom(projectDirectory)
  if (found === undefined) {
    throw new DeployFailure(
      'installation',
      `deploying to Google Cloud needs the Pulumi CLI, which is not installed: ${howToGet}`,
    )
  }
  const [command, args] = found.endsWith('.js') ? [process.execPath, [found]] : [found, []]
  const version = await versionOf(command, args, environment)
  if (isOlder(version)) {
    throw new DeployFailure(
      'installation',
      `the Pulumi CLI ${version} (${found}) is older than ${oldest.join('.')}: ${howToGet}`,
    )
  }
  return { command, args, version }
}

function onPath({ PATH = '' }: NodeJS.ProcessEnv): string | undefined {
  const names = process.platform === 'win32' ? ['pulumi.exe', 'pulumi.cmd'] : ['pulumi']
  const candidates = PATH.split(delimiter).flatMap((directory) =>
    directory === '' ? [] : names.map((name) => resolve(directory, name)),
  )
  return candidates.find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The program of the npm package `pulumi`, as the project sees it or as al does. */
function installedPackage(projectDirectory: string): string | undefined {
  for (const from of [join(resolve(projectDirectory), 'package.json'), import.meta.url]) {
    try {
      return createRequire(from).resolve('pulumi/run.js')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  return undefined
}

async function versionOf(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, [...args, 'version'], { env })
    return stdout.trim().replace(/^v/, '')
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    const why = (stderr?.trim() || message).split('\n').at(-1)
    throw new DeployFailure('installation', `the Pulumi CLI does not start (${why}): ${howToGet}`)
  }
}

function isOlder(version: string): boolean {
  const parts = version.split(/[.+-]/).map(Number)
  for (const [i, least] of oldest.entries()) {
    const part = parts[i] ?? 0
    if (part !== least) return !(part > least)
  }
  return false
}
