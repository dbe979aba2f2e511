export type ChangeKind = 'add' | 'change' | 'replace' | 'remove'

/** What a deploy would do to one resource, in any cloud. */
export interface ResourceChange {
  readonly type: string
  /** Absent: it belongs to the control plane. */
  readonly agent?: string
  /** What it is called in its agent or in the control plane: `Role`, `Schedule1`. */
  readonly part: string
  readonly kind: ChangeKind
  /** Properties that differ, with dots: `Code.ImageUri`. */
  readonly properties: readonly string[]
  /** It is kept in the cloud when it is removed here. */
  readonly retained?: boolean
}

/** Agents whose runs a deploy would cut off: one of these types of theirs goes away or is made anew. */
export function agentsLosing(types: readonly string[], resources: readonly ResourceChange[]): string[] {
  const fatal = resources.filter(({ type, kind }) => types.includes(type) && (kind === 'remove' || kind === 'replace'))
  return [...new Set(fatal.flatMap(({ agent }) => (agent === undefined ? [] : [agent])))].sort()
}
