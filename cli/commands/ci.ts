import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { awsSignIn } from '../ci/aws-sign-in.ts'
import { checked } from '../ci/checked-names.ts'
import { type Checkout, checkoutOf } from '../ci/checkout.ts'
import { githubWorkflow, type Install } from '../ci/github-workflow.ts'
import { googleSignIn } from '../ci/google-sign-in.ts'
import type { CiCloud, IdentityFlags } from '../ci/sign-in.ts'
import { type CloudOptions, cloudPlan } from '../deploy/cloud-plan.ts'
import { exitCodes, UserError } from '../errors.ts'
import { whenFlags } from '../setup/set-up-github.ts'
import type { Ui } from '../ui/ui.ts'
import { version } from '../version.ts'

export interface CiOptions extends CloudOptions, IdentityFlags {
  readonly out?: string
  readonly force?: boolean
  readonly branch: string
  readonly githubEnvironment?: string
}

/** Writes a workflow for GitHub Actions: a comment with the difference on pull requests, a deploy on merge. */
export async function ciGithub(options: CiOptions, ui: Ui): Promise<void> {
  const plan = cloudPlan(options)
  const { region } = plan.target
  if (region === undefined) {
    throw new UserError(
      'the project names no cloud to deploy to: `al setup cloud` adds [cloud] to config.toml',
      exitCodes.configuration,
    )
  }
  const checkout = checkoutOf(options.project)
  const path = outOf(options, checkout)
  const file = relative(checkout.root, path).split(sep).join('/')
  const ci = plan.target.provider === 'gcp' ? googleSignIn(plan, options) : awsSignIn(plan, region, options)
  const text = githubWorkflow({
    prefix: plan.names.prefix,
    project: checked('directory', checkout.project),
    ...(plan.environment !== 'default' && { environment: plan.environment }),
    file: checked('directory', file, '--out'),
    branch: checked('branch', options.branch),
    cloud: ci.cloud,
    ...(options.githubEnvironment !== undefined && {
      githubEnvironment: checked('githubEnvironment', options.githubEnvironment),
    }),
    install: installOf(checkout.root, ci),
  })
  const wrote = write(path, text, options.force === true)
  ui.emit({ kind: 'data', data: { path, wrote, branch: options.branch, ...ci.identities } })
  ui.emit({ kind: 'text', text: wrote ? `wrote ${path}` : `${path} is up to date` })
  for (const line of nextSteps(options, checkout, ci)) ui.emit({ kind: 'text', dim: true, text: line })
}

/** GitHub looks for workflows in one directory of the repository, wherever in it the project is. */
function outOf({ out, env }: CiOptions, { root }: Checkout): string {
  if (out !== undefined) return resolve(out)
  const environment = env ?? (process.env.AL_ENV || undefined)
  return join(root, '.github', 'workflows', environment === undefined ? 'al.yml' : `al-${environment}.yml`)
}

/** The repository's own version where its lock file names one, else the one that writes this. */
function installOf(root: string, { tools, besideLockFile }: CiCloud): Install {
  const file = join(root, 'package.json')
  if (existsSync(join(root, 'package-lock.json')) && existsSync(file)) {
    const { dependencies, devDependencies } = readJson(file)
    if ('action-llama' in { ...dependencies, ...devDependencies }) return { from: 'lock-file', beside: besideLockFile }
  }
  return { from: 'registry', packages: [`action-llama@${version}`, ...tools] }
}

function readJson(file: string): {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
} {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new UserError(`${file} is not JSON: fix it, npm cannot read it either`, exitCodes.configuration)
  }
}

function write(path: string, text: string, force: boolean): boolean {
  if (existsSync(path)) {
    if (readFileSync(path, 'utf8') === text) return false
    if (!force) {
      throw new UserError(
        `${path} exists and is not what would be written: --force overwrites it, --out names another file`,
        exitCodes.usage,
      )
    }
  }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return true
}

function nextSteps(options: CiOptions, { github }: Checkout, { variables, filledWith }: CiCloud): string[] {
  const selected = options.env === undefined ? '' : ` -E ${options.env}`
  return [
    `\`al setup cloud${selected} --github ${github ?? '<owner>/<name>'}${whenFlags(options)}\` makes what it signs in with`,
    ...(variables.length === 0
      ? []
      : [
          `${filledWith} belong into the repository's variables ${variables.join(' and ')}, or write it again with --account <id> --force`,
        ]),
  ]
}
