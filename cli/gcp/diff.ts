import { credentialStore } from '../../functions/local/credential-store.ts'
import { secretManager } from '../../infra/gcp/secrets/secret-manager.ts'
import { planSecrets } from '../../infra/secrets/plan-secrets.ts'
import type { Diffing } from '../commands/diff.ts'
import { leftOut } from '../deploy/check-secrets.ts'
import { exitCodes } from '../errors.ts'
import { compare, openSite } from './open-site.ts'
import { showChange } from './show-change.ts'

/** Shows what a deploy would change. Only reads: a stack that was never deployed is not made for it. */
export async function diffGoogle({ options, plan, ui, setExitCode }: Diffing): Promise<void> {
  const site = await openSite(plan, options.project)
  const { account, backend, place } = site
  const { project, environment } = plan
  ui.emit({ kind: 'heading', text: `${project} (${environment}) in project ${account.project}, ${account.region}` })
  const steps = await planSecrets(plan, credentialStore(), secretManager(account))
  const { change, close } = await compare(plan, options.project, site, leftOut(steps))
  try {
    for (const { who, since } of await backend.files.locks(place)) {
      ui.emit({ kind: 'warning', text: `${who} deploys since ${since}: what is shown may soon be outdated` })
    }
    ui.emit({
      kind: 'data',
      data: { project, environment, account: account.project, region: account.region, changed: change.any, change },
    })
    if (change.any) showChange(change, ui)
    else ui.emit({ kind: 'text', text: 'no change: the cloud matches the project' })
    if (options.exitCode === true && change.any) setExitCode(exitCodes.failure)
  } finally {
    await close()
  }
}
