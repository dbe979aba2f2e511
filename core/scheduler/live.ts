import { absent, type Expected, type Item, type Key, type Snapshot, type Write } from '../store.ts'
import type { World } from './world.ts'

/**
 * The partition `live` holds the agents that run something or are paused, and the queues; nothing else. One query of it
 * tells an agent's slots, whether it is paused, and the head and length of its queue.
 */
const partition = 'live'

/** An agent's slots and pause. There is no item when nothing runs and the agent is not paused. */
export interface AgentItem {
  /** Suffixes of the starting and running runs. */
  readonly active: readonly string[]
  readonly paused?: boolean
}

export interface LiveAgent extends AgentItem {
  readonly agent: string
  readonly expected: Expected
  readonly queue: readonly Entry[]
}

/** A run that waits for a slot. */
export interface Entry {
  readonly agent: string
  readonly suffix: string
  readonly seq: number
  readonly key: Key
  readonly expected: Expected
  /** Epoch milliseconds until which it waits. */
  readonly until: number
}

/**
 * What is alive, of one agent or of all. The items may be of different moments: what safety depends on goes into the
 * write set.
 */
export async function readLive(world: World, agent?: string): Promise<ReadonlyMap<string, LiveAgent>> {
  const items = await world.store.list(partition, agent === undefined ? {} : { prefix: `${agent}#` })
  const live = new Map<string, LiveAgent>()
  const queues = new Map<string, Entry[]>()
  for (const item of items) {
    const name = item.sk.slice(0, item.sk.indexOf('#'))
    const entry = parseEntry(name, item)
    const queue = queues.get(name) ?? []
    queues.set(name, queue)
    if (entry !== undefined) queue.push(entry)
    // The agent's own item comes before its queue.
    if (!live.has(name)) live.set(name, { ...(entry === undefined ? asAgent(name, item) : idle(name)), queue })
  }
  return live
}

/** What decides whether a run of this agent may start: the agent alone, or all of them when the project has a scale. */
export const readAround = (world: World, agent: string): Promise<ReadonlyMap<string, LiveAgent>> =>
  readLive(world, world.rules.limits.scale === undefined ? agent : undefined)

/** An agent's item alone, without its queue. */
export const agentKey = (agent: string): Key => ({ pk: partition, sk: `${agent}#!0` })

export const asAgent = (agent: string, { expected, data }: Pick<Snapshot, 'expected' | 'data'>): LiveAgent => ({
  ...idle(agent),
  ...(data as AgentItem | undefined),
  expected,
})

export const idle = (agent: string): LiveAgent => ({ agent, expected: absent, active: [], queue: [] })

function parseEntry(agent: string, { pk, sk, expected, data }: Item): Entry | undefined {
  const [, seq, suffix] = sk.split('#')
  if (seq === undefined || suffix === undefined) return undefined
  return { agent, suffix, seq: Number(seq), key: { pk, sk }, expected, until: (data as { until: number }).until }
}

/** The write that sets an agent's item; it deletes an item that would be empty. */
export function writeAgent({ agent, expected }: LiveAgent, { active, paused }: AgentItem): Write {
  const key = agentKey(agent)
  if (active.length === 0 && paused !== true) return { kind: 'delete', key, expected }
  return { kind: 'put', key, expected, data: { active, ...(paused === true && { paused }) } satisfies AgentItem }
}

/**
 * A place at the end of an agent's queue. The order is that of `seq`: after everything that was there when it was read,
 * also when the clock here is behind.
 */
export function newEntry({ agent, queue }: LiveAgent, suffix: string, now: number): Key {
  const seq = Math.max(now, (queue.at(-1)?.seq ?? 0) + 1)
  return { pk: partition, sk: `${agent}#${String(seq).padStart(15, '0')}#${suffix}` }
}

export const writeEntry = (key: Key, until: number): Write => ({ kind: 'put', key, expected: absent, data: { until } })

export const removeEntry = ({ key, expected }: Entry): Write => ({ kind: 'delete', key, expected })
