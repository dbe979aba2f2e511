import { canonical, isRecord } from '../../doctor/differences.ts'
import { type Difference, none } from '../../doctor/finding.ts'

/** A statement in the one form that all spellings of it share. */
interface Statement {
  readonly effect: string
  readonly principal: string
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly condition: string
}

/** What two policies do not have in common, statement by statement; those with the same actions are compared in detail. */
export function policyDifferences(what: string, expected: unknown, found: unknown): Difference[] {
  const wanted = statementsOf(expected)
  const given = statementsOf(found)
  const missing = without(wanted, given)
  const extra = without(given, wanted)
  const lines: Difference[] = []
  for (const statement of missing) {
    const name = statement.actions.join(', ')
    const at = extra.findIndex((one) => one.actions.join(', ') === name && one.effect === statement.effect)
    if (at < 0) {
      lines.push({ what: `${what}, statement`, expected: textOf(statement), found: none })
      continue
    }
    const [other] = extra.splice(at, 1)
    if (other !== undefined) lines.push(...detail(`${what}, ${name}`, statement, other))
  }
  return [...lines, ...extra.map((one) => ({ what: `${what}, statement`, expected: none, found: textOf(one) }))]
}

function detail(what: string, wanted: Statement, given: Statement): Difference[] {
  const lines: Difference[] = []
  const resources = [
    wanted.resources.filter((one) => !given.resources.includes(one)),
    given.resources.filter((one) => !wanted.resources.includes(one)),
  ] as const
  if (resources[0].length + resources[1].length > 0) {
    const [expected, found] = resources.map((list) => list.join(', ') || none)
    lines.push({ what: `${what}: resource`, expected: expected ?? none, found: found ?? none })
  }
  for (const key of ['principal', 'condition'] as const) {
    if (wanted[key] !== given[key]) lines.push({ what: `${what}: ${key}`, expected: wanted[key], found: given[key] })
  }
  return lines
}

function statementsOf(document: unknown): Statement[] {
  const statements = isRecord(document) ? [document.Statement].flat() : []
  return statements.filter(isRecord).map((one) => ({
    effect: String(one.Effect),
    principal: negated(one, 'Principal', canonicalLists),
    // What is said by exclusion is never ours, and must not look like it.
    actions: [...listOf(one.Action), ...listOf(one.NotAction).map((name) => `all but ${name}`)].sort(),
    resources: [...listOf(one.Resource), ...listOf(one.NotResource).map((name) => `all but ${name}`)].sort(),
    condition: one.Condition === undefined ? none : canonicalLists(one.Condition),
  }))
}

const negated = (one: Readonly<Record<string, unknown>>, key: string, text: (value: unknown) => string): string =>
  one[`Not${key}`] !== undefined ? `all but ${text(one[`Not${key}`])}` : one[key] === undefined ? none : text(one[key])

/** A list of one is its element to IAM, and the order of lists says nothing. */
function canonicalLists(value: unknown): string {
  const one = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.length === 1 ? one(part[0]) : part.map(one).sort()
    if (!isRecord(part)) return typeof part === 'boolean' ? String(part) : part
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, one(inner)]))
  }
  return canonical(one(value))
}

const listOf = (value: unknown): string[] => (value === undefined ? [] : [value].flat().map(String))

/** The statements of `a` that `b` does not have as well, each as often as it stands there. */
function without(a: readonly Statement[], b: readonly Statement[]): Statement[] {
  const rest = b.map(canonical)
  return a.filter((one) => {
    const at = rest.indexOf(canonical(one))
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
}

function textOf({ effect, principal, actions, resources, condition }: Statement): string {
  const who = principal === none ? '' : ` for ${principal}`
  const where = resources.length === 0 ? '' : ` on ${resources.join(', ')}`
  return `${effect} ${actions.join(', ')}${where}${who}${condition === none ? '' : ` if ${condition}`}`
}
