import type { Difference } from '../../doctor/finding.ts'
import { none } from '../../doctor/finding.ts'
import { eachOf } from '../../each-of.ts'
import type { GoogleAccount } from '../account.ts'
import type { KeptResource } from '../deploy/state-files.ts'
import { type Inspected, textOf } from './inspector.ts'
import { type Binding, bindingsOf, type Condition, changeBindings, type Guarded, guarded } from './policy.ts'

/** One member that has one role on one thing, under one condition. */
interface Grant {
  readonly on: Guarded
  readonly role: string
  readonly member: string
  readonly condition?: Condition
}

/** Where each kind of Pulumi's bindings is written. */
const places: Readonly<Record<string, (inputs: KeptResource['inputs'], account: GoogleAccount) => Guarded>> = {
  'gcp:projects/iAMMember:IAMMember': (_, { project }) => guarded.project(project),
  'gcp:secretmanager/secretIamMember:SecretIamMember': (inputs, { project }) =>
    guarded.secret(project, lastOf(textOf(inputs, 'secretId'))),
  'gcp:cloudrunv2/jobIamMember:JobIamMember': (inputs, { project, region }) =>
    guarded.job(project, region, lastOf(textOf(inputs, 'name'))),
  'gcp:cloudrunv2/serviceIamMember:ServiceIamMember': (inputs, { project, region }) =>
    guarded.service(project, region, lastOf(textOf(inputs, 'name'))),
  'gcp:artifactregistry/repositoryIamMember:RepositoryIamMember': (inputs, { project }) =>
    guarded.repository(
      textOf(inputs, 'project') || project,
      textOf(inputs, 'location'),
      lastOf(textOf(inputs, 'repository')),
    ),
  'gcp:storage/bucketIAMMember:BucketIAMMember': (inputs) => guarded.bucket(textOf(inputs, 'bucket')),
  'gcp:pubsub/topicIAMMember:TopicIAMMember': (inputs, { project }) =>
    guarded.topic(project, lastOf(textOf(inputs, 'topic'))),
}

export const isGrant = ({ type }: KeptResource): boolean => type in places

/**
 * Holds what members may do against what was deployed: what is missing, and what this stack's own service accounts may do
 * beyond it, on the project and on whatever any of them was granted. What others may do is not looked at.
 */
export async function inspectGrants(
  kept: readonly KeptResource[],
  /** Members that are this stack's own: they may do what was deployed, and nothing else. */
  own: ReadonlySet<string>,
  account: GoogleAccount,
): Promise<Inspected[]> {
  const planned = kept.flatMap((one): Grant[] => {
    const { type, inputs } = one
    const place = places[type]?.(inputs, account)
    if (place === undefined) return []
    const condition = inputs?.condition as Condition | undefined
    return [
      { on: place, role: textOf(inputs, 'role'), member: textOf(inputs, 'member'), ...(condition && { condition }) },
    ]
  })
  const things = new Map([...planned.map(({ on }) => on), guarded.project(account.project)].map((on) => [on.name, on]))
  const missing: Grant[] = []
  const extra: Grant[] = []
  await eachOf(things.values(), async (on) => {
    const wanted = planned.filter((one) => one.on.name === on.name)
    const bindings = await bindingsOf(on, account)
    // With what only a deploy makes again come its bindings.
    if (bindings === undefined && on.comesByDeploy) return
    const found = grantsIn(on, bindings ?? [])
    const has = (grants: readonly Grant[], one: Grant) => grants.some((other) => isSame(one, other))
    missing.push(...wanted.filter((one) => !has(found, one)))
    extra.push(...found.filter((one) => own.has(one.member) && !has(wanted, one)))
  })
  const members = [...new Set([...missing, ...extra].map(({ member }) => member))].sort()
  return members.map((member) => {
    const of = (grants: readonly Grant[]) => grants.filter((one) => one.member === member).sort(byName)
    return {
      resource: `rights of ${calledMember(member)}`,
      differences: [
        ...of(missing).map((one): Difference => ({ what: shown(one), expected: 'granted', found: none })),
        ...of(extra).map((one): Difference => ({ what: shown(one), expected: none, found: 'granted' })),
      ],
      repair: () => repair(of(missing), of(extra), account),
    }
  })
}

/** One write for each policy. */
async function repair(missing: readonly Grant[], extra: readonly Grant[], account: GoogleAccount): Promise<void> {
  const things = new Map([...missing, ...extra].map(({ on }) => [on.name, on]))
  for (const on of things.values()) {
    const here = (grants: readonly Grant[]) => grants.filter((one) => one.on.name === on.name)
    await changeBindings(
      on,
      (bindings) => here(missing).reduce(granted, here(extra).reduce(revoked, bindings)),
      account,
    )
  }
}

function granted(bindings: readonly Binding[], { role, member, condition }: Grant): readonly Binding[] {
  const index = bindings.findIndex((one) => one.role === role && conditionOf(one) === conditionOf({ condition }))
  const found = bindings[index]
  if (found === undefined)
    return [...bindings, { role, members: [member], ...(condition && { condition: plain(condition) }) }]
  return bindings.with(index, { ...found, members: [...new Set([...(found.members ?? []), member])] })
}

const revoked = (bindings: readonly Binding[], grant: Grant): readonly Binding[] =>
  bindings.flatMap((one) => {
    if (one.role !== grant.role || conditionOf(one) !== conditionOf(grant)) return [one]
    const members = (one.members ?? []).filter((member) => member !== grant.member)
    return members.length === 0 ? [] : [{ ...one, members }]
  })

const grantsIn = (on: Guarded, bindings: readonly Binding[]): Grant[] =>
  bindings.flatMap(({ role, members = [], condition }) =>
    members.map((member) => ({ on, role, member, ...(condition && { condition }) })),
  )

const isSame = (a: Grant, b: Grant): boolean =>
  a.role === b.role && a.member === b.member && conditionOf(a) === conditionOf(b)

/** Two conditions of the same title and expression are the same to IAM. */
const conditionOf = ({ condition }: { readonly condition?: Condition | undefined }): string =>
  condition === undefined ? '' : `${condition.title ?? ''}\0${condition.expression ?? ''}`

const plain = ({ title, description, expression }: Condition): Condition => ({
  ...(title !== undefined && { title }),
  ...(description !== undefined && { description }),
  ...(expression !== undefined && { expression }),
})

const byName = (a: Grant, b: Grant): number => (shown(a) < shown(b) ? -1 : 1)

const shown = ({ role, on, condition }: Grant): string =>
  `${role} on ${on.name}${condition === undefined ? '' : `, if ${condition.expression}`}`

/** `serviceAccount:al-dev-…@p.iam.gserviceaccount.com` → `al-dev-…`. */
const calledMember = (member: string): string =>
  member === 'allUsers' ? 'everybody' : member.replace(/^serviceAccount:([^@]+)@.*$/, '$1')

/** Pulumi takes the name of a thing in its short form or in full. */
const lastOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1)
