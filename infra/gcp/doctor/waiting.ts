import type { Plan } from '../../../core/plan/schema.ts'
import { entriesOf, treeHash } from '../../images/file-tree.ts'
import type { KeptResource } from '../deploy/state-files.ts'
import { functionCode } from '../function-code.ts'
import { imagesOf } from '../images.ts'

/**
 * What the next deploy changes, a line each, without asking Pulumi: agents that are new or gone, images that are others, and
 * the gateway, whose code carries the plan. `al diff` tells all of it.
 */
export async function waitingIn(kept: readonly KeptResource[], plan: Plan, directory: string): Promise<string[]> {
  const [images, code] = await Promise.all([imagesOf(plan, directory), functionCode(plan)])
  const references = new Map(images.map(({ key, reference }) => [key, reference]))
  const jobs = new Map(
    kept.flatMap((one) => (one.type === 'gcp:cloudrunv2/job:Job' ? [[nameOf(one), JSON.stringify(one.inputs)]] : [])),
  )
  const active = plan.agents.filter(({ compute }) => compute !== 'off')
  const agents = active.flatMap(({ name, image }) => {
    const job = jobs.get(`agent-${name}`)
    if (job === undefined) return [`agent ${name}: job (new)`]
    const reference = references.get(image)
    return reference === undefined || job.includes(JSON.stringify(reference))
      ? []
      : [`agent ${name}: image (changed in the project)`]
  })
  const names = new Set(active.map(({ name }) => `agent-${name}`))
  const gone = [...jobs.keys()].flatMap((name) =>
    names.has(name) ? [] : [`agent ${name.slice('agent-'.length)}: job (removed from the project)`],
  )
  const object = `gateway-${treeHash(entriesOf(code))}.zip`
  const same = kept.some((one) => one.type === 'gcp:storage/bucketObject:BucketObject' && one.inputs?.name === object)
  return [...agents, ...gone, ...(same ? [] : ['control plane: gateway (changed in the project)'])]
}

/** The name that the program has given a resource. */
const nameOf = ({ urn }: KeptResource): string => urn.slice(urn.lastIndexOf('::') + 2)
