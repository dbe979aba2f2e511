import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Decisions, Handout } from '../../core/plan/decisions.ts'

/** What the plan decides by: `plan.json` of a directory, which travels beside the code of each function. */
export async function decisionsIn(directory: string): Promise<Decisions> {
  return JSON.parse(await readFile(join(directory, 'plan.json'), 'utf8')) as Decisions
}

/**
 * What agents are handed, by name: one line of `agents.jsonl`, found through `agents.index.json` (name → first byte and
 * length). Only that line is read, however many agents there are.
 */
export function handoutsIn(directory: string): (agent: string) => Promise<Handout | undefined> {
  let index: Promise<ReadonlyMap<string, readonly [number, number]>> | undefined
  return async (agent) => {
    index ??= readIndex(join(directory, 'agents.index.json'))
    const place = (await index).get(agent)
    if (place === undefined) return undefined
    const [first, length] = place
    const file = await open(join(directory, 'agents.jsonl'))
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, first)
      if (bytesRead < length) throw new Error(`agents.jsonl ends within the line of agent ${agent}`)
      return JSON.parse(buffer.toString('utf8')) as Handout
    } finally {
      await file.close()
    }
  }
}

// A map: an agent may be called `constructor`.
const readIndex = async (path: string): Promise<ReadonlyMap<string, readonly [number, number]>> =>
  new Map(Object.entries(JSON.parse(await readFile(path, 'utf8')) as Record<string, readonly [number, number]>))
