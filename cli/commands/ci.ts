import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Plan } from '../../core/plan/schema.ts'
import { ciRoleNames } from '../../core/plan/targets/deploy-permissions.ts'
import { toolkitPackage } from '../../infra/aws/deploy/toolkit-package.ts'
import { checked } from '../ci/checked-names.ts'
import { type Checkout, checkoutOf } from '../ci/checkout.ts'
import { githubWorkflow, type Install } from '../ci/github-workflow.ts'
import { type CloudOptions, cloudPlan } from '../deploy/cloud-plan.ts'
import { CloudError, exitCodes, UserError } from '../errors.ts'
import type { Ui } from '../ui/ui.ts'
import { version } from '../version.ts'

export interface CiOptions extends CloudOptions {
  readonly out?: string
  readonly force?: boolean
  readonly branch: string
  readonly roleArn?: string
  readonly diffRoleArn?: string
  readonly account?: string
  readonly githubEnvironment?: string
}

/** Writes a workflow for GitHub Actions: a comment with the difference on pull requests, a deploy on merge. */
export async function ciGithub(options: CiOptions, ui: Ui): Promise<void> {
  const plan = cloudPlan(options)
  if (plan.target.provider === 'gcp') {
    throw new CloudError(
      'nothing was written: al writes no workflow for Google Cloud yet; one needs google-github-actions/auth with a workload identity pool, then `al diff` and `al deploy --yes`',
    )
  }
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
  const roles = rolesOf(options, plan)
  const text = githubWorkflow({
    prefix: plan.names.prefix,
    project: checked('directory', checkout.project),
    ...(plan.environment !== 'default' && { environment: plan.environment }),
    file: checked('directory', file, '--out'),
    branch: checked('branch', options.branch),
    region,
    ...roles,
    ...(options.githubEnvironment !== undefined && {
      githubEnvironment: checked('githubEnvironment', options.githubEnvironment),
    }),
    architecture: plan.target.build === 'codebuild' ? 'x86_64' : plan.target.architecture,
    install: installOf(checkout.root),
  })
  const wrote = write(path, text, options.force === true)
  ui.emit({ kind: 'data', data: { path, wrote, branch: options.branch, ...roles } })
  ui.emit({ kind: 'text', text: wrote ? `wrote ${path}` : `${path} is up to date` })
  for (const line of nextSteps(options, checkout, roles)) ui.emit({ kind: 'text', dim: true, text: line })
}

/** GitHub looks for workflows in one directory of the repository, wherever in it the project is. */
function outOf({ out, env }: CiOptions, { root }: Checkout): string {
  if (out !== undefined) return resolve(out)
  const environment = env ?? (process.env.AL_ENV || undefined)
  return join(root, '.github', 'workflows', environment === undefined ? 'al.yml' : `al-${environment}.yml`)
}

/** By name, once it is known whose account it is; a role of one's own may have any. */
function rolesOf(
  { roleArn, diffRoleArn, account }: CiOptions,
  plan: Plan,
): { readonly deployRole?: string; readonly diffRole?: string } {
  const names = ciRoleNames(plan)
  const own = (name: string) =>
    account === undefined
      ? undefined
      : `arn:${partitionOf(plan.target.region)}:iam::${checked('account', account)}:role${names.path}${name}`
  const deployRole = roleArn === undefined ? own(names.deploy) : checked('roleArn', roleArn)
  const diffRole = diffRoleArn === undefined ? own(names.diff) : checked('roleArn', diffRoleArn, '--diff-role-arn')
  return { ...(deployRole !== undefined && { deployRole }), ...(diffRole !== undefined && { diffRole }) }
}

/** Of AWS, by how the names of its regions begin. */
const partitionOf = (region: string | undefined): string =>
  region?.startsWith('cn-') ? 'aws-cn' : region?.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'

/** The repository's own version where its lock file names one, else the one that writes this. */
function installOf(root: string): Install {
  const file = join(root, 'package.json')
  if (existsSync(join(root, 'package-lock.json')) && existsSync(file)) {
    const { dependencies, devDependencies } = readJson(file)
    if ('action-llama' in { ...dependencies, ...devDependencies }) return { from: 'lock-file' }
  }
  return { from: 'registry', packages: [`action-llama@${version}`, toolkitPackage] }
}

function readJson(file: string): {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
} {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new UserError(`${file} is not JSON: mend it, npm cannot read it either`, exitCodes.configuration)
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

function nextSteps(
  { env, branch, githubEnvironment }: CiOptions,
  { github }: Checkout,
  { deployRole, diffRole }: { readonly deployRole?: string; readonly diffRole?: string },
): string[] {
  const selected = env === undefined ? '' : ` -E ${env}`
  const when =
    githubEnvironment === undefined
      ? branch === 'main'
        ? ''
        : ` --branch ${branch}`
      : ` --github-environment "${githubEnvironment}"`
  const variables = [
    ...(deployRole === undefined ? ['AL_DEPLOY_ROLE'] : []),
    ...(diffRole === undefined ? ['AL_DIFF_ROLE'] : []),
  ]
  return [
    `\`al setup cloud${selected} --github ${github ?? '<owner>/<name>'}${when}\` makes the roles it signs in with`,
    ...(variables.length === 0
      ? []
      : [
          `their ARNs belong into the repository's variables ${variables.join(' and ')}, or write it again with --account <id> --force`,
        ]),
  ]
}
