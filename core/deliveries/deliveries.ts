import { type PackedText, packText, unpackText } from '../packed-text.ts'
import type { WebhookProvider } from '../project/schema/webhooks.ts'
import { putAlone } from '../scheduler/put-alone.ts'
import { newSuffix } from '../scheduler/run.ts'
import type { World } from '../scheduler/world.ts'
import { absent } from '../store.ts'
import type { WebhookContext } from '../webhooks/provider.ts'

/** A delivery that proved itself, as it is kept for people: what it said, and what came of it for each agent. */
export interface Delivery {
  /** 20 characters `[a-z0-9]`, the newest first. */
  readonly id: string
  /** Epoch milliseconds at which it was received. */
  readonly at: number
  readonly provider: WebhookProvider
  /** The sources that accepted it. */
  readonly sources: readonly string[]
  /** The provider's own id of it. */
  readonly delivery?: string
  /** What an agent would be told of it. Absent if no trigger can match such an event: `ignored` says why. */
  readonly context?: WebhookContext
  readonly ignored?: string
  /** What came of it for each agent that listens to these sources. */
  readonly agents: readonly DeliveredTo[]
  /** It was run again by hand: the id of the first record. */
  readonly again?: string
}

/**
 * `started`, `queued`: as the run named. `budget_exceeded`: that run is over, since a limit is reached. `duplicate`: the same
 * delivery had come before, and had made this run. `refused`: no run could be recorded, `why` says what stood in the way.
 * `unmatched`: `why` names the filter.
 */
export interface DeliveredTo {
  readonly agent: string
  readonly result: 'started' | 'queued' | 'budget_exceeded' | 'duplicate' | 'refused' | 'unmatched'
  readonly run?: string
  readonly why?: string
}

const partition = 'deliveries'
/** Seconds that a delivery is kept: as long as its provider's id is remembered. */
const kept = 7 * 24 * 3600
/** Where 1,000 agents do not match, nobody reads every reason. */
const mostAgents = 100
const longestWhy = 300

/**
 * Keeps a delivery for people to look at. Nothing is decided by this record, so it is written after the runs; if a crash
 * comes between, the delivery is only missing from the list.
 */
export async function recordDelivery(world: World, delivery: Omit<Delivery, 'id'>): Promise<string> {
  const id = newSuffix(delivery.at, world.random)
  // Agents that it started come first: they matter more than those it did not.
  const agents = delivery.agents
    .toSorted((a, b) => Number(a.result === 'unmatched') - Number(b.result === 'unmatched'))
    .slice(0, mostAgents)
    .map(({ why, ...rest }) => ({ ...rest, ...(why !== undefined && { why: why.slice(0, longestWhy) }) }))
  const text = JSON.stringify({ ...delivery, agents, id } satisfies Delivery)
  const expiresAt = Math.ceil(delivery.at / 1000) + kept
  const key = { pk: partition, sk: id }
  await putAlone(world, { kind: 'put', key, expected: absent, data: packText(world.store, text), expiresAt })
  return id
}

/** Deliveries, the newest first. `after` is the id of the last one seen. */
export async function deliveries(
  world: World,
  { after, limit = 50 }: { readonly after?: string; readonly limit?: number } = {},
): Promise<Delivery[]> {
  const items = await world.store.list(partition, { after, limit })
  return items.map(({ data }) => unpacked(data))
}

/** One of them; nothing if it is not there, or not any more. */
export async function readDelivery(world: World, id: string): Promise<Delivery | undefined> {
  const [snapshot] = await world.store.get([{ pk: partition, sk: id }])
  return snapshot?.data === undefined ? undefined : unpacked(snapshot.data)
}

const unpacked = (data: unknown): Delivery => JSON.parse(unpackText(data as PackedText)) as Delivery
