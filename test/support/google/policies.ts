import { type GoogleAnswer, googleError } from './service.ts'

export interface Binding {
  readonly role: string
  readonly members: readonly string[]
  readonly condition?: unknown
}

interface Policy {
  readonly bindings: readonly Binding[]
  readonly etag: string
}

/** IAM policies by the name of the resource. A write that names an etag has to name the one that was read. */
export function iamPolicies() {
  const policies = new Map<string, Policy>()
  let writes = 0
  const get = (resource: string): Policy => policies.get(resource) ?? { bindings: [], etag: 'AA==' }
  /** What the service answers has no empty bindings. */
  const set = (resource: string, bindings: readonly Binding[]) => {
    policies.set(resource, { bindings: bindings.filter(({ members }) => members.length > 0), etag: etagOf(++writes) })
    return get(resource)
  }
  return {
    bindings: (resource: string): readonly Binding[] => get(resource).bindings,
    /** Members of a role, sorted. */
    members: (resource: string, role: string): readonly string[] =>
      get(resource)
        .bindings.filter((binding) => binding.role === role)
        .flatMap(({ members }) => members)
        .sort(),
    grant(resource: string, role: string, member: string, condition?: unknown): void {
      const { bindings } = get(resource)
      const isIt = (one: Binding) => one.role === role && JSON.stringify(one.condition) === JSON.stringify(condition)
      const members = bindings.find(isIt)?.members ?? []
      const binding = {
        role,
        members: [...new Set([...members, member])],
        ...(condition !== undefined && { condition }),
      }
      set(resource, [...bindings.filter((one) => !isIt(one)), binding])
    },
    revoke(resource: string, role: string, member: string): void {
      set(
        resource,
        get(resource).bindings.map((binding) =>
          binding.role === role ? { ...binding, members: binding.members.filter((one) => one !== member) } : binding,
        ),
      )
    },
    /** `:getIamPolicy` */
    answerGet: (resource: string): GoogleAnswer => ({ body: { version: 3, ...get(resource) } }),
    /** `:setIamPolicy` */
    answerSet(resource: string, json: unknown): GoogleAnswer {
      const { policy } = json as { policy: { bindings?: Binding[]; etag?: string } }
      if (policy.etag !== undefined && policy.etag !== get(resource).etag) {
        return { ...googleError(409, 'There were concurrent policy changes.') }
      }
      return { body: set(resource, policy.bindings ?? []) }
    },
  }
}

export type IamPolicies = ReturnType<typeof iamPolicies>

const etagOf = (writes: number): string => Buffer.from(`etag-${writes}`).toString('base64')
