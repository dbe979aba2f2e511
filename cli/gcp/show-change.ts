import type { Change, Right } from '../../infra/gcp/deploy/change.ts'
import { resourceLines } from '../deploy/resource-lines.ts'
import type { StyledLine, TextStyle, Ui } from '../ui/ui.ts'

/** More rights than this are counted, not listed: `--json` has them all. */
const listedRights = 60

/** What a deploy would do, for people: resources by agent, then who may do more or less than before. */
export function showChange({ resources, rights }: Change, ui: Ui): void {
  const lines = resourceLines(resources, wordOf)
  if (lines.length > 0) {
    ui.emit({ kind: 'heading', text: 'Resources' })
    ui.emit({ kind: 'lines', lines })
  }
  showRights(rights, ui)
}

function showRights({ added, removed }: Change['rights'], ui: Ui): void {
  const all = [
    ...removed.map((right) => ({ right, mark: '-', style: 'red' as TextStyle })),
    ...added.map((right) => ({ right, mark: '+', style: 'green' as TextStyle })),
  ]
  if (all.length === 0) return
  const listed = all.slice(0, listedRights)
  const lines = [...Map.groupBy(listed, ({ right }) => right.of)].flatMap(([owner, rights]): StyledLine[] => [
    [{ text: owner, style: 'bold' }],
    ...rights.map(({ right, mark, style }): StyledLine => rightLine(right, mark, style)),
  ])
  const rest = all.length - listed.length
  ui.emit({ kind: 'heading', text: 'Permissions' })
  ui.emit({
    kind: 'lines',
    lines: rest === 0 ? lines : [...lines, [{ text: `and ${rest} more; --json lists all`, style: 'dim' }]],
  })
}

function rightLine({ member, role, on, why }: Right, mark: string, style: TextStyle): StyledLine {
  const who = member === 'anybody' ? 'anybody: ' : ''
  const exact = `${who}${role} on ${on}`
  const words = why === undefined ? [{ text: exact }] : [{ text: why }, { text: `  ${exact}`, style: 'dim' as const }]
  return [{ text: `  ${mark} `, style }, ...words]
}

/** What people call a type; else the last part of its name, in words. */
const wordOf = (type: string): string =>
  typeWords.find(([pattern]) => pattern.test(type))?.[1] ??
  (type.split(':').at(-1) ?? type).replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()

const typeWords: readonly (readonly [RegExp, string])[] = [
  [/^pulumi:providers:/, 'provider'],
  [/I(?:am|AM)Member$/, 'permission'],
  [/IAMCustomRole$/, 'role'],
  [/^gcp:cloudscheduler\//, 'scheduler job'],
  [/^gcp:serviceaccount\/account:/, 'service account'],
  [/^gcp:firestore\/field:/, 'database field'],
]
