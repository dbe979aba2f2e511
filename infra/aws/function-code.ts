import { decisionsOf, handoutOf } from '../../core/plan/decisions.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { bundle } from '../bundles.ts'
import type { FileTree } from '../images/file-tree.ts'

/**
 * The code of the two functions. The plan travels with them: `plan.json` is what either needs to decide about every
 * agent, `agents.jsonl` what the gateway hands to an agent that claims its run, a line each. One agent more or less
 * changes these two assets and nothing else of the control plane.
 *
 * A line is found by its place in the file, which stands in `agents.index.json` (name → first byte and length): the
 * gateway reads the one line it needs, and a thousand agents are one file to write, to zip and to unpack at a cold start.
 */
export async function functionCode(plan: Plan): Promise<{ gateway: FileTree; scheduler: FileTree }> {
  const [gateway, scheduler] = await Promise.all([bundle('functions/aws/gateway'), bundle('functions/aws/scheduler')])
  const decisions = ['plan.json', json(decisionsOf(plan))] as const
  const lines = plan.agents.map((agent) => ({ name: agent.name, line: json(handoutOf(agent, plan.target)) }))
  return {
    gateway: new Map<string, string | Uint8Array>([
      ...gateway,
      decisions,
      ['agents.jsonl', lines.map(({ line }) => line).join('')],
      ['agents.index.json', json(indexOf(lines))],
    ]),
    scheduler: new Map<string, string | Uint8Array>([...scheduler, decisions]),
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
