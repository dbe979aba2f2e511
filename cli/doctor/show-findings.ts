import type { Drift } from '../../infra/doctor/finding.ts'
import type { Leftover, SecretAction, SecretStep } from '../../infra/secrets/plan-secrets.ts'
import type { Comparison } from '../deploy/open-cloud.ts'
import type { StyledLine, TextStyle, Ui } from '../ui/ui.ts'

/** More than this of what waits for a deploy is counted: `al diff` shows all of it. */
const listed = 10

const states: Readonly<Record<SecretAction, { readonly word: string }>> = {
  keep: { word: 'ok' },
  push: { word: 'push' },
  make: { word: 'make' },
  share: { word: 'mark' },
  missing: { word: 'missing' },
}

/** A line per secret: what it is called in the cloud, what is to be done about it, and why. Never a value. */
export function showSecrets(store: string, steps: readonly SecretStep[], leftovers: readonly Leftover[], ui: Ui): void {
  ui.emit({ kind: 'heading', text: `Secrets in ${store}` })
  const rows = [
    ...steps.map(({ secret, action, why }) => [secret.id, states[action].word, why]),
    ...leftovers.map(({ id, action, why }) => [id, action, why]),
  ]
  ui.emit({ kind: 'table', columns: ['secret', 'do', 'why'], rows })
}

export function showComparison({ deployed, busy, compared, drift, waiting }: Comparison, ui: Ui): void {
  ui.emit({ kind: 'heading', text: 'What is deployed' })
  const say = (text: string) => ui.emit({ kind: 'text', text })
  if (busy.length > 0) say(`${busy.join(', ')}: being deployed now, and not compared`)
  if (!deployed) {
    if (busy.length === 0) say('nothing is deployed yet: `al deploy` does it')
    return
  }
  if (drift.length > 0) ui.emit({ kind: 'lines', lines: drift.flatMap(driftLines) })
  else if (compared > 0 || busy.length === 0) say(`${compared} resources are as they were deployed`)
  if (waiting.length === 0) return
  say(`${waiting.length === 1 ? 'a change waits' : `${waiting.length} changes wait`} for \`al deploy\`:`)
  for (const line of waiting.slice(0, listed)) say(`  ${line}`)
  if (waiting.length > listed) say(`  and ${waiting.length - listed} more, which \`al diff\` shows`)
}

function driftLines({ resource, differences, repair, advice }: Drift): StyledLine[] {
  const note =
    repair === undefined && advice !== undefined ? [{ text: `    ${advice}`, style: 'yellow' as TextStyle }] : []
  return [
    [{ text: resource, style: 'bold' }],
    ...differences.map(
      ({ what, expected, found }): StyledLine => [
        { text: `    ${what}: expected ` },
        { text: expected, style: 'green' },
        { text: ', found ' },
        { text: found, style: 'red' },
      ],
    ),
    ...(note.length === 0 ? [] : [note]),
  ]
}
