import type { Plan } from '../../core/plan/schema.ts'
import { type GoogleAccount, openGoogleAccount, placeOf } from '../../infra/gcp/account.ts'
import { enableApis, enablingCommand, missingApis } from '../../infra/gcp/deploy/apis.ts'
import { checkoutOf } from '../ci/checkout.ts'
import type { SetupOptions } from '../commands/setup.ts'
import { sameProject } from '../deploy/cloud-plan.ts'
import { CloudError, exitCodes, UserError } from '../errors.ts'
import { setUpGithub, whenFlags } from '../setup/set-up-github.ts'
import type { Ask } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'
import { githubAccounts } from './github-accounts.ts'

export interface GoogleSetup {
  readonly plan: Plan
  /** What was done about `[cloud]`. */
  readonly config: { readonly file?: string; readonly wrote: boolean }
  readonly options: SetupOptions
}

/**
 * Looks whether the project can be deployed to: that it is there, somebody pays, the APIs are on; turns them on after asking,
 * and makes what GitHub signs in with. Throws a `GoogleFailure`, and a `CloudError` where nobody pays.
 */
export async function setUpGoogle({ plan, config, options }: GoogleSetup, ui: Ui, ask: Ask): Promise<void> {
  const account = await openGoogleAccount(placeOf(plan))
  const { project, region, number, caller } = account
  if (options.account !== undefined && options.account !== number) {
    throw new UserError(
      `--account ${options.account}: project ${project} has the number ${number}`,
      exitCodes.credentials,
    )
  }
  ui.emit({ kind: 'text', text: `project ${project} (${number}), ${region}, as ${caller}` })
  await checkBilling(account, ui)
  const missing = await missingApis(plan, account)
  const enabled = missing.length > 0 && (await offerApis(missing, account, ui, ask))
  if (missing.length === 0) ui.emit({ kind: 'text', text: 'the APIs it needs are enabled' })
  const left = enabled ? [] : missing
  const { github: guess } = checkoutOf(options.project)
  const cloud = githubAccounts(plan, account)
  const github = await setUpGithub({ cloud, ...(guess && { guess }) }, options, ui, ask)
  ui.emit({
    kind: 'data',
    data: {
      config,
      account: project,
      number,
      region,
      enabled: enabled ? missing : [],
      missing: left,
      github: github ?? null,
    },
  })
  ui.emit({ kind: 'heading', text: 'Next' })
  const same = sameProject(options)
  for (const line of [
    ...(left.length === 0 ? [] : [`\`${enablingCommand(left, project)}\` turns on what is missing`]),
    `\`al doctor -c${same}\` puts the credentials into Google Secret Manager`,
    `\`al deploy${same}\` shows what it would make, and makes it`,
    ...(github === undefined
      ? []
      : [
          `\`al ci github${same} --account ${number}${whenFlags(options)}\` writes the workflow that does so on every merge`,
        ]),
  ]) {
    ui.emit({ kind: 'text', text: `  ${line}` })
  }
}

async function offerApis(missing: readonly string[], account: GoogleAccount, ui: Ui, ask: Ask): Promise<boolean> {
  ui.emit({ kind: 'text', text: `APIs that are not enabled: ${missing.join(', ')}` })
  if (!(await ask.confirm({ text: 'Enable them?', flag: '--yes', initial: true }))) return false
  await enableApis(missing, account)
  ui.emit({ kind: 'text', text: 'enabled; it takes a minute or two to count' })
  return true
}

/** Not everybody who may deploy may see who pays: that is told, and no obstacle. */
async function checkBilling({ api, project }: GoogleAccount, ui: Ui): Promise<void> {
  const answer = await api('GET', `https://cloudbilling.googleapis.com/v1/projects/${project}/billingInfo`)
  if (answer.status >= 300) {
    return ui.emit({ kind: 'note', text: `whether billing is on could not be seen: ${answer.error}` })
  }
  if (answer.body.billingEnabled === true) return ui.emit({ kind: 'text', text: 'billing is on' })
  throw new CloudError(
    `nobody pays for project ${project}: link a billing account at https://console.cloud.google.com/billing/linkedaccount?project=${project}, and run this again`,
  )
}
