import type { Plan } from '../../core/plan/schema.ts'
import type { OnProgress, ResourceFailure } from '../../infra/aws/deploy/stack-progress.ts'
import type { Place, Template } from '../../infra/aws/deploy/template.ts'
import type { Ui } from '../ui/ui.ts'

/** Names a resource by what it belongs to: `agent dev Role`, `control plane Gateway`. */
export type NameOf = (stack: string, logicalId: string) => string

/** Takes the names from the templates: those to be deployed, and those that are deployed. */
export function namesIn(
  placesIn: (template: Template) => (logicalId: string) => Place,
  ...sources: readonly ReadonlyMap<string, Template>[]
): NameOf {
  const places = new Map<string, ((logicalId: string) => Place)[]>()
  for (const source of sources) {
    for (const [stack, template] of source) places.set(stack, [...(places.get(stack) ?? []), placesIn(template)])
  }
  return (stack, logicalId) => {
    const found = (places.get(stack) ?? []).map((placeOf) => placeOf(logicalId))
    const { agent, part } = found.find((one) => one.agent !== undefined) ?? found[0] ?? { part: logicalId }
    return agent === undefined ? part : `agent ${agent} ${part}`
  }
}

/** Progress in lines: one per resource that is done, or fewer where there are hundreds. */
export function showProgress({ names, target }: Pick<Plan, 'names' | 'target'>, nameOf: NameOf, ui: Ui): OnProgress {
  const label = (stack: string) => {
    if (stack === names.stack) return 'control plane'
    const shard = stack.replace(`${names.stack}-agents-`, '')
    return shard === stack ? stack : target.shards === 1 ? 'agents' : `agents ${shard}`
  }
  const line = (stack: string, text: string) =>
    ui.emit({ kind: 'lines', lines: [[{ text: `${label(stack)}: `, style: 'dim' }, { text }]] })
  return (progress) => {
    switch (progress.kind) {
      case 'note':
        return ui.emit({ kind: 'note', text: progress.text })
      case 'stack':
        return line(progress.stack, progress.did)
      case 'resource': {
        const { stack, logicalId, status, done, total } = progress
        // The stack itself is among its resources.
        if (logicalId === stack || !/_(?:COMPLETE|FAILED)$/.test(status)) return
        const step = Math.max(1, Math.ceil((total ?? 0) / 40))
        if (status.endsWith('_COMPLETE') && done % step !== 0) return
        const count = total === undefined ? String(done) : `${Math.min(done, total)}/${total}`
        return line(stack, `${count} ${nameOf(stack, logicalId)} ${inWords(status)}`)
      }
    }
  }
}

/** `CREATE_COMPLETE` → `created`. */
function inWords(status: string): string {
  const verbs: Readonly<Record<string, string>> = {
    CREATE_COMPLETE: 'created',
    UPDATE_COMPLETE: 'updated',
    DELETE_COMPLETE: 'removed',
    IMPORT_COMPLETE: 'taken back in',
    DELETE_SKIPPED: 'kept',
  }
  return verbs[status] ?? status.toLowerCase().replaceAll('_', ' ')
}

/** Why stacks failed, a line each: the resource, its type, and what CloudFormation says. */
export const failureLines = (failures: readonly ResourceFailure[], nameOf: NameOf): string[] =>
  failures.map(
    ({ stack, logicalId, type, reason }) =>
      `${nameOf(stack, logicalId)} (${type} ${logicalId}): ${reason.replace(/\s+/g, ' ').trim()}`,
  )
