import { createHash } from 'node:crypto'

/**
 * The shard of an agent: the first bits of the hash of its name. It depends on nothing but the name, and doubling the
 * number of shards (a power of two) splits each shard in two.
 */
export function shardOf(agent: string, shards: number): number {
  return createHash('sha256').update(agent).digest().readUInt32BE(0) % shards
}
