import type { Plan } from '../../core/plan/schema.ts'
import type { Account } from '../../infra/aws/account.ts'
import { ciRoles } from '../../infra/aws/deploy-role/ci-roles.ts'
import { missingSteps } from '../../infra/aws/deploy-role/ensure-roles.ts'
import { type GithubTrust, parseRepository } from '../../infra/aws/deploy-role/github-trust.ts'
import { checked } from '../ci/checked-names.ts'
import { exitCodes, UserError } from '../errors.ts'
import type { Ask } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'

/** What the command line says about CI. */
export interface GithubFlags {
  /** `owner/name`; false: no roles for GitHub. */
  readonly github?: string | false
  readonly branch: string
  readonly githubEnvironment?: string
}

/** What stands in the end. */
export interface GithubRoles {
  readonly repository: string
  /** ARNs. */
  readonly deployRole: string
  readonly diffRole: string
  /** What had to be done for it. */
  readonly done: readonly string[]
}

/**
 * Makes the roles that a repository's workflows sign in with, after showing what that takes. Nothing if nobody wants them.
 * `guess` is the repository that the project seems to be in.
 */
export async function setUpGithub(
  { plan, account, guess }: { readonly plan: Plan; readonly account: Account; readonly guess?: string },
  flags: GithubFlags & { readonly yes?: boolean },
  ui: Ui,
  ask: Ask,
): Promise<GithubRoles | undefined> {
  const written = await chooseRepository(flags, guess, ask)
  if (written === undefined) return undefined
  const repository = parseRepository(written)
  if (repository === undefined) throw new UserError(`--github: ${notARepository(written)}`, exitCodes.usage)
  const when: GithubTrust['when'] =
    flags.githubEnvironment === undefined
      ? { kind: 'branch', branch: checked('branch', flags.branch) }
      : { kind: 'environment', environment: checked('githubEnvironment', flags.githubEnvironment) }
  const roles = ciRoles(plan, account, repository, when)
  const found = { repository: written, deployRole: roles.deploy.arn, diffRole: roles.diff.arn }

  const steps = await missingSteps(roles, account)
  if (repository.ids === undefined) ui.emit({ kind: 'note', text: aboutIds(`${repository.owner}/${repository.name}`) })
  if (steps.length === 0) {
    ui.emit({ kind: 'text', text: `GitHub: ${roles.deploy.name} and ${roles.diff.name} are as they should be` })
    return { ...found, done: [] }
  }
  ui.emit({ kind: 'text', text: `GitHub, in account ${account.account}:` })
  for (const { what } of steps) ui.emit({ kind: 'text', text: `  ${what}` })
  if (!(await ask.confirm({ text: 'Do this?', flag: '--yes', initial: true }))) {
    ui.emit({ kind: 'text', text: 'GitHub: nothing was changed' })
    return undefined
  }
  for (const step of steps) await step.apply()
  ui.emit({ kind: 'text', text: 'GitHub: done' })
  return { ...found, done: steps.map(({ what }) => what) }
}

/** Trust is given by name only: `--yes` alone gives none. */
async function chooseRepository(
  { github, yes = false }: GithubFlags & { readonly yes?: boolean },
  guess: string | undefined,
  ask: Ask,
): Promise<string | undefined> {
  if (github === false || (github === undefined && yes)) return undefined
  if (github !== undefined) return github
  const text = 'Should GitHub Actions deploy it?'
  if (!(await ask.confirm({ text, flag: '--github <owner/name>, or --no-github', initial: false }))) return undefined
  return await ask.text({
    text: 'Which repository?',
    flag: '--github <owner/name>',
    ...(guess !== undefined && { initial: guess }),
    check: (answer) => (parseRepository(answer) === undefined ? notARepository(answer) : undefined),
  })
}

const notARepository = (text: string): string =>
  `${JSON.stringify(text)} is not a repository such as "acme/agents", or "acme@12/agents@34" with its ids`

const aboutIds = (repository: string): string =>
  `a repository made since 15 July 2026 (or that chose so) signs in with its ids: if GitHub's workflow is refused, give it as --github "$(gh api repos/${repository} --jq '"\\(.owner.login)@\\(.owner.id)/\\(.name)@\\(.id)"')"`
