import { hash } from 'node:crypto'
import { type PackedText, packText, unpackText } from '../packed-text.ts'
import { absent, type Write } from '../store.ts'
import { putAlone } from './put-alone.ts'
import type { World } from './world.ts'

/** Text that travels with a run: in its item when it is small, else in an item of its own. `bytes` is its size in UTF-8. */
export type Payload =
  | { readonly text: string }
  | { readonly blob: { readonly pk: string; readonly sk: string }; readonly bytes: number }

/** Bytes of a call's context or of a return value. */
export const largestPayload = 256 * 1024
const largestInline = 1024
/** The longest compressed text, in characters, that fits into one write unit of DynamoDB together with its keys. */
const largestInCommit = 800
/** Longer than its run: a day in the queue, seven days at work, 30 days of history. */
const keptSeconds = 40 * 24 * 3600

/** What refers to a text, and what has to be written together with the item that refers to it. */
export interface Packed {
  readonly payload: Payload
  readonly writes: readonly Write[]
}

/**
 * Makes text ready to travel with a run. Short text stands in the run itself; longer text goes into an item of its own, so
 * that not every write of the run pays for it: a small one in the same commit, a large one before the commit that names
 * it. Its key is made from its content: writing it twice changes nothing, and what a finished run refers to can never be
 * replaced.
 */
export async function packPayload(world: World, run: string, part: 'in' | 'out', text: string): Promise<Packed> {
  const bytes = Buffer.byteLength(text)
  if (bytes > largestPayload) throw new RangeError(`a payload of ${bytes} bytes is over the limit of ${largestPayload}`)
  if (bytes <= largestInline) return { payload: { text }, writes: [] }
  const digest = hash('sha256', text).slice(0, 32)
  const blob = { pk: `blob#${run}`, sk: `${part}#${digest}` }
  const payload = { blob, bytes }
  const write: Write = {
    kind: 'put',
    key: blob,
    expected: absent,
    data: packText(world.store, text),
    expiresAt: Math.floor(world.clock.now() / 1000) + keptSeconds,
  }
  if (world.store.billsBytes !== true || JSON.stringify(write.data).length <= largestInCommit)
    return { payload, writes: [write] }
  await putAlone(world, write)
  return { payload, writes: [] }
}

/** The text of a payload. Throws if it is gone, which cannot happen while its run exists. */
export async function loadPayload(world: World, payload: Payload): Promise<string> {
  if ('text' in payload) return payload.text
  const [snapshot] = await world.store.get([payload.blob])
  if (snapshot?.data === undefined) throw new Error(`${payload.blob.pk} ${payload.blob.sk} is not there any more`)
  return unpackText(snapshot.data as PackedText)
}
