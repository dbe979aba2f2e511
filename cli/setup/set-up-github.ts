import { type GithubRepository, type GithubTrust, parseRepository } from '../../infra/github/repository.ts'
import type { Step } from '../../infra/github/step.ts'
import { checked } from '../ci/checked-names.ts'
import { exitCodes, UserError } from '../errors.ts'
import type { Ask } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'

/** What the command line says about CI. */
export interface GithubFlags {
  /** `owner/name`; false: no identities for GitHub. */
  readonly github?: string | false
  readonly branch: string
  readonly githubEnvironment?: string
}

/** A cloud that workflows of GitHub are to sign in to. */
export interface GithubCloud<Identities> {
  /** For people: `account 123456789012`. */
  readonly where: string
  /** What to say where the repository's ids were not given. `finding` is the flag with a command that finds them. */
  aboutIds(finding: string): string
  /** Looks what there is, and what has to be done. */
  look(
    repository: GithubRepository,
    when: GithubTrust['when'],
  ): Promise<{ readonly identities: Identities; readonly names: string; readonly steps: readonly Step[] }>
}

/** What stands in the end, beside the cloud's own. */
export interface GithubSetup {
  readonly repository: string
  /** What had to be done for it. */
  readonly done: readonly string[]
}

/**
 * Makes the identities that a repository's workflows sign in with, after showing what that takes. Nothing if nobody wants
 * them. `guess` is the repository that the project seems to be in.
 */
export async function setUpGithub<Identities>(
  { cloud, guess }: { readonly cloud: GithubCloud<Identities>; readonly guess?: string },
  flags: GithubFlags & { readonly yes?: boolean },
  ui: Ui,
  ask: Ask,
): Promise<(Identities & GithubSetup) | undefined> {
  const written = await chooseRepository(flags, guess, ask)
  if (written === undefined) return undefined
  const repository = repositoryOf(written)
  const { identities, names, steps } = await cloud.look(repository, deployWhen(flags))
  const found = { ...identities, repository: written }
  if (repository.ids === undefined) {
    ui.emit({ kind: 'note', text: cloud.aboutIds(findingIds(`${repository.owner}/${repository.name}`)) })
  }
  if (steps.length === 0) {
    ui.emit({ kind: 'text', text: `GitHub: ${names} are as they should be` })
    return { ...found, done: [] }
  }
  ui.emit({ kind: 'text', text: `GitHub, in ${cloud.where}:` })
  for (const { what } of steps) ui.emit({ kind: 'text', text: `  ${what}` })
  if (!(await ask.confirm({ text: 'Do this?', flag: '--yes', initial: true }))) {
    ui.emit({ kind: 'text', text: 'GitHub: nothing was changed' })
    return undefined
  }
  for (const step of steps) await step.apply()
  ui.emit({ kind: 'text', text: 'GitHub: done' })
  return { ...found, done: steps.map(({ what }) => what) }
}

/** Sees that the flags say something sensible, before anybody is asked. Throws a `UserError` (usage). */
export function checkGithubFlags(flags: GithubFlags): void {
  if (typeof flags.github !== 'string') return
  repositoryOf(flags.github)
  deployWhen(flags)
}

function repositoryOf(written: string): GithubRepository {
  const repository = parseRepository(written)
  if (repository === undefined) throw new UserError(`--github: ${notARepository(written)}`, exitCodes.usage)
  return repository
}

const deployWhen = ({ branch, githubEnvironment }: GithubFlags): GithubTrust['when'] =>
  githubEnvironment === undefined
    ? { kind: 'branch', branch: checked('branch', branch) }
    : { kind: 'environment', environment: checked('githubEnvironment', githubEnvironment) }

/** The flags of `al ci github` that say the same. */
export const whenFlags = ({ branch, githubEnvironment }: GithubFlags): string =>
  (branch === 'main' ? '' : ` --branch ${branch}`) +
  (githubEnvironment === undefined ? '' : ` --github-environment "${githubEnvironment}"`)

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

const findingIds = (repository: string): string =>
  `--github "$(gh api repos/${repository} --jq '"\\(.owner.login)@\\(.owner.id)/\\(.name)@\\(.id)"')"`
