import { placeOf } from '../../infra/gcp/deploy/change.ts'
import type { UpdateFailure } from '../../infra/gcp/deploy/deploy-failure.ts'
import type { RunOptions } from '../../infra/gcp/deploy/stack.ts'
import { exitCodes, UserError } from '../errors.ts'
import type { Ui } from '../ui/ui.ts'

/** What the engine has done to a resource, in a word. */
const verbs: Readonly<Record<string, string>> = {
  create: 'created',
  'create-replacement': 'made anew',
  import: 'taken back in',
  update: 'updated',
  delete: 'removed',
  'delete-replaced': 'old one removed',
}

/** Progress in lines: one per resource that is done, or fewer where there are hundreds. `total` as far as it is known. */
export function showProgress(ui: Ui, total?: number): NonNullable<RunOptions['onEvent']> {
  let done = 0
  const step = Math.max(1, Math.ceil((total ?? 0) / 40))
  return ({ resOutputsEvent: ended }) => {
    if (ended === undefined || ended.planning === true) return
    const { op, urn, type } = ended.metadata
    const verb = verbs[op]
    if (verb === undefined || type === 'pulumi:pulumi:Stack') return
    done += 1
    if (done % step !== 0) return
    const count = total === undefined ? String(done) : `${Math.min(done, total)}/${total}`
    ui.emit({ kind: 'lines', lines: [[{ text: `${count} `, style: 'dim' }, { text: `${resourceName(urn)} ${verb}` }]] })
  }
}

/** `agent dev Job`, `state Database`. */
export function resourceName(urn: string): string {
  const { agent, part } = placeOf(urn)
  return agent === undefined ? part : `agent ${agent} ${part}`
}

/** Does work on a stack; a failure names the resources by where they belong, and says why. */
export async function explained<T>(next: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    // By its mark: the class would bring more along than a command that never deploys wants.
    if (!(error instanceof Error) || error.name !== 'UpdateFailure') throw error
    const { what, failures } = error as UpdateFailure
    const lines = failures.map(({ urn, reason }) =>
      urn === undefined ? `  ${reason}` : `  ${resourceName(urn)}: ${reason}`,
    )
    throw new UserError([what, ...lines, `  ${next}`].join('\n'), exitCodes.cloud)
  }
}
