import type { Plan } from '../../core/plan/schema.ts'
import type { Account } from '../../infra/aws/account.ts'
import { checked } from '../ci/checked-names.ts'
import { checkoutOf } from '../ci/checkout.ts'
import { type CloudOptions, cloudPlan, sameProject } from '../deploy/cloud-plan.ts'
import { appendCloud, type CloudFlags, chooseCloud, refuseAnother } from '../setup/cloud-table.ts'
import { checkGithubFlags, type GithubFlags, setUpGithub, whenFlags } from '../setup/set-up-github.ts'
import { type Ask, asker } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'

export interface SetupOptions extends CloudOptions, CloudFlags, GithubFlags {
  /** The AWS account it has to be; on Google Cloud, the number of the project. */
  readonly account?: string
  /** Whether to bootstrap an account that is not; absent: asked. */
  readonly bootstrap?: boolean
  readonly yes?: boolean
}

/**
 * From a project on a laptop to an account it can be deployed to, step by step. Each step looks first, so that the command
 * can be given again: it does what is left.
 */
export async function setupCloud(options: SetupOptions, ui: Ui, ask: Ask = asker(options)): Promise<void> {
  checkGithubFlags(options)
  if (options.account !== undefined) checked('projectNumber', options.account)
  const { plan, config } = await setUpProject(options, ui, ask)
  if (plan.target.provider === 'gcp') {
    const { setUpGoogle } = await import('../gcp/setup.ts')
    return await setUpGoogle({ plan, config, options }, ui, ask)
  }
  if (options.account !== undefined) checked('account', options.account)
  const { openAccount } = await import('../../infra/aws/account.ts')
  const wanted = options.account ?? plan.target.account
  const account = await openAccount({ region: plan.target.region, ...(wanted && { account: wanted }) })
  ui.emit({ kind: 'text', text: `account ${account.account}, ${account.region}, as ${account.caller}` })

  const bootstrapped = await setUpBootstrap(account, options, ui, ask)
  const { github: guess } = checkoutOf(options.project)
  const { githubRoles } = await import('../aws/github-roles.ts')
  const cloud = githubRoles(plan, account)
  const github = await setUpGithub({ cloud, ...(guess && { guess }) }, options, ui, ask)
  ui.emit({
    kind: 'data',
    data: { config, account: account.account, region: account.region, bootstrapped, github: github ?? null },
  })
  ui.emit({ kind: 'heading', text: 'Next' })
  for (const line of nextSteps(options, account, bootstrapped, github !== undefined))
    ui.emit({ kind: 'text', text: `  ${line}` })
}

async function setUpProject(
  options: SetupOptions,
  ui: Ui,
  ask: Ask,
): Promise<{ readonly plan: Plan; readonly config: { readonly file?: string; readonly wrote: boolean } }> {
  const before = cloudPlan(options)
  if (!before.target.assumed) {
    refuseAnother(before, options)
    ui.emit({ kind: 'text', text: `[cloud] is there: ${where(before)}` })
    return { plan: before, config: { wrote: false } }
  }
  const file = appendCloud(options.project, await chooseCloud(options, ask))
  const plan = cloudPlan(options)
  ui.emit({ kind: 'text', text: `[cloud] was added to ${file}: ${where(plan)}` })
  return { plan, config: { file, wrote: true } }
}

const where = ({ target }: Plan): string =>
  `${target.provider === 'gcp' ? 'Google Cloud' : 'AWS'}${target.region === undefined ? '' : `, ${target.region}`}`

/** Whether the account is bootstrapped in the end. */
async function setUpBootstrap(account: Account, { bootstrap }: SetupOptions, ui: Ui, ask: Ask): Promise<boolean> {
  const { bootstrapVersion } = await import('../../infra/aws/deploy/bootstrap-version.ts')
  const version = await bootstrapVersion('/cdk-bootstrap/hnb659fds/version', account)
  if (version !== undefined) {
    ui.emit({ kind: 'text', text: `the account is bootstrapped for the CDK (version ${version})` })
    return true
  }
  ui.emit({
    kind: 'text',
    text: `the account is not bootstrapped for the CDK in ${account.region}: a stack CDKToolkit with a bucket, an image repository and five roles. CloudFormation acts as one of them, with every right in the account`,
  })
  const wanted =
    bootstrap ?? (await ask.confirm({ text: 'Bootstrap it?', flag: '--bootstrap, or --no-bootstrap', initial: true }))
  if (!wanted) return false
  const [{ openDeployer }, { explained }] = await Promise.all([
    import('../../infra/aws/deploy/toolkit.ts'),
    import('../aws/explained.ts'),
  ])
  const deployer = await openDeployer(account, (progress) => {
    if (progress.kind === 'note') ui.emit({ kind: 'note', text: progress.text })
  })
  await explained(
    (_, logicalId) => logicalId,
    () => deployer.bootstrap(),
  )
  ui.emit({ kind: 'text', text: 'bootstrapped' })
  return true
}

function nextSteps(options: SetupOptions, { account }: Account, bootstrapped: boolean, github: boolean): string[] {
  const same = sameProject(options)
  return [
    ...(bootstrapped ? [] : ['`al deploy` asks again whether to bootstrap the account: CI may not']),
    `\`al doctor -c${same}\` puts the credentials into the account's secret store`,
    `\`al deploy${same}\` shows what it would make, and makes it`,
    ...(github
      ? [
          `\`al ci github${same} --account ${account}${whenFlags(options)}\` writes the workflow that does so on every merge`,
        ]
      : []),
  ]
}
