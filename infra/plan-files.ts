import { decisionsOf, handoutOf } from '../core/plan/decisions.ts'
import type { Plan } from '../core/plan/schema.ts'
import type { FileTree } from './images/file-tree.ts'

/**
 * What travels with the code of the control plane, for it to decide by. `plan.json` is what concerns every agent,
 * `agents.jsonl` what an agent is handed that claims its run, a line each.
 *
 * A line is found by its place in the file, which stands in `agents.index.json` (name → first byte and length): the
 * gateway reads the one line it needs, and a thousand agents are one file to write, to zip and to unpack at a cold start.
 */
export function planFiles(plan: Plan): { decisions: FileTree; handouts: FileTree } {
  const lines = plan.agents.map((agent) => ({ name: agent.name, line: json(handoutOf(agent, plan)) }))
  return {
    decisions: new Map([['plan.json', json(decisionsOf(plan))]]),
    handouts: new Map([
      ['agents.jsonl', lines.map(({ line }) => line).join('')],
      ['agents.index.json', json(indexOf(lines))],
    ]),
  }
}

const json = (value: unknown): string => `${JSON.stringify(value)}\n`

function indexOf(lines: readonly { readonly name: string; readonly line: string }[]): Record<string, [number, number]> {
  let first = 0
  return Object.fromEntries(
    lines.map(({ name, line }) => {
      const place: [number, number] = [first, Buffer.byteLength(line)]
      first += place[1]
      return [name, place]
    }),
  )
}
