import type { Plan, PlannedSecret } from '../../../core/plan/schema.ts'
import { entriesOf, treeHash } from '../../images/file-tree.ts'
import type { KeptResource } from '../deploy/state-files.ts'
import { functionCode } from '../function-code.ts'
import { imagesOf } from '../images.ts'

/**
 * What the next deploy changes, a line each, without asking Pulumi: agents that are new or gone, images that are others,
 * secrets that nobody could be given a right on before, and the gateway, whose code carries the plan. `al diff` tells all of
 * it. `isThere` says whether a secret is stored, or about to be.
 */
export async function waitingIn(
  kept: readonly KeptResource[],
  plan: Plan,
  directory: string,
  isThere: (secret: PlannedSecret) => Promise<boolean>,
): Promise<string[]> {
  const [images, code] = await Promise.all([imagesOf(plan, directory), functionCode(plan)])
  const references = new Map(images.map(({ key, reference }) => [key, reference]))
  const jobs = new Map(
    kept.flatMap((one) => (one.type === 'gcp:cloudrunv2/job:Job' ? [[nameOf(one), JSON.stringify(one.inputs)]] : [])),
  )
  const bound = new Set(kept.flatMap((one) => (one.type === secretBinding ? [nameOf(one)] : [])))
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
  const owners = [
    ...active.flatMap(({ name, secrets }) =>
      jobs.has(`agent-${name}`) ? [{ owner: `agent-${name}`, called: `agent ${name}`, secrets }] : [],
    ),
    { owner: 'gateway', called: 'control plane', secrets: plan.gateway.secrets },
  ]
  const rights: string[] = []
  for (const { owner, called, secrets } of owners) {
    for (const secret of new Map(secrets.map((one) => [one.id, one])).values()) {
      if (bound.has(`${owner}/secrets/${secret.id}`) || !(await isThere(secret))) continue
      rights.push(`${called}: secret ${secret.id} (stored since the last deploy, and not to be read before the next)`)
    }
  }
  const object = `gateway-${treeHash(entriesOf(code))}.zip`
  const same = kept.some((one) => one.type === 'gcp:storage/bucketObject:BucketObject' && one.inputs?.name === object)
  return [...agents, ...gone, ...rights, ...(same ? [] : ['control plane: gateway (changed in the project)'])]
}

/** Its name ends in `secrets/<id>`. Source: `infra/gcp/constructs/grants.ts`. */
const secretBinding = 'gcp:secretmanager/secretIamMember:SecretIamMember'

/** The name that the program has given a resource. */
const nameOf = ({ urn }: KeptResource): string => urn.slice(urn.lastIndexOf('::') + 2)
