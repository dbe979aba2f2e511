import { openAccount } from '../../infra/aws/account.ts'
import { temporaryAssembly } from '../../infra/aws/deploy/assembly.ts'
import { changeOf } from '../../infra/aws/deploy/change.ts'
import { isInProgress } from '../../infra/aws/deploy/stack-work.ts'
import { standingStacks } from '../../infra/aws/deploy/standing.ts'
import type { Diffing } from '../commands/diff.ts'
import { exitCodes } from '../errors.ts'
import { showChange } from './show-change.ts'

/** Shows what a deploy would change in stacks. Only reads. */
export async function diffAws({ options, plan, ui, setExitCode }: Diffing): Promise<void> {
  const account = await openAccount(plan.target)
  const { project, environment } = plan
  ui.emit({ kind: 'heading', text: `${project} (${environment}) in account ${account.account}, ${account.region}` })
  const assembly = await temporaryAssembly(plan, options.project)
  try {
    const standing = await standingStacks(plan, account)
    const change = changeOf(assembly.templates, standing)
    for (const [stack, { status }] of standing) {
      if (isInProgress(status))
        ui.emit({ kind: 'warning', text: `${stack} is ${status}: what is shown may soon be outdated` })
    }
    ui.emit({
      kind: 'data',
      data: { project, environment, account: account.account, region: account.region, changed: change.any, change },
    })
    if (change.any) showChange(change, plan, ui)
    else ui.emit({ kind: 'text', text: 'no change: the cloud matches the project' })
    if (options.exitCode === true && change.any) setExitCode(exitCodes.failure)
  } finally {
    assembly.remove()
  }
}
