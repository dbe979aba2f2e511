import { formatCount } from '../../core/format.ts'
import type { Plan } from '../../core/plan/schema.ts'
import type { GoogleAccount } from '../../infra/gcp/account.ts'
import { enableApis, enablingCommand, missingApis } from '../../infra/gcp/deploy/apis.ts'
import { waitUntilUsable } from '../../infra/gcp/deploy/usable-apis.ts'
import { GoogleFailure } from '../../infra/gcp/google-failure.ts'
import type { Interruption } from '../deploy/interruption.ts'
import { CloudError, exitCodes, UserError } from '../errors.ts'
import type { Ask } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'

export interface Enabling {
  readonly plan: Plan
  readonly account: GoogleAccount
  readonly interruption: Interruption
  readonly ask: Ask
  readonly ui: Ui
}

/**
 * Enables the APIs that a plan needs, after asking. Who may not is told what to type. A dry run only says which are missing.
 * Answers those that are still missing, and whether any was enabled just now.
 */
export async function ensureApis(
  { plan, account, interruption, ask, ui }: Enabling,
  { dryRun }: { readonly dryRun: boolean },
): Promise<{ readonly missing: readonly string[]; readonly enabled: boolean }> {
  const missing = await interruption.unless(missingApis(plan, account))
  if (missing.length === 0) return { missing, enabled: false }
  const { project } = account
  const command = enablingCommand(missing, project)
  ui.emit({ kind: 'note', text: `APIs that are not enabled in project ${project} yet: ${missing.join(', ')}` })
  if (dryRun) return { missing, enabled: false }
  if (
    !(await ask.confirm({
      text: `Enable ${formatCount(missing.length, 'API')} in project ${project}?`,
      flag: '--yes',
      initial: true,
    }))
  ) {
    throw new UserError(`nothing was deployed; to enable them: ${command}`, exitCodes.failure)
  }
  interruption.stage('some APIs may be enabled, nothing was deployed')
  try {
    await enableApis(missing, account, interruption.signal)
    await waitUntilUsable(missing, account, { signal: interruption.signal })
  } catch (error) {
    if (!(error instanceof GoogleFailure) || error.reason !== 'denied') throw error
    throw new CloudError(`${error.message}\n  or somebody who may types: ${command}`)
  }
  ui.emit({ kind: 'note', text: `${formatCount(missing.length, 'API')} enabled` })
  return { missing: [], enabled: true }
}
