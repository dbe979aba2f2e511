import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { absent } from '../store.ts'
import { type Decision, settle } from './settle.ts'
import type { World } from './world.ts'

/** Text that travels with a run: in its item when it is small, else in an item of its own. `bytes` is its size in UTF-8. */
export type Payload =
  | { readonly text: string }
  | { readonly blob: { readonly pk: string; readonly sk: string }; readonly bytes: number }

/** Bytes of a call's context or of a return value. */
export const largestPayload = 256 * 1024
const largestInline = 1024
const keptSeconds = 32 * 24 * 3600

/**
 * Puts text where a run can refer to it. Large text is written before the commit that names it, under a key made from its
 * content: writing it twice changes nothing, and what a finished run refers to can never be replaced.
 */
export async function storePayload(world: World, run: string, part: 'in' | 'out', text: string): Promise<Payload> {
  const bytes = Buffer.byteLength(text)
  if (bytes > largestPayload) throw new RangeError(`a payload of ${bytes} bytes is over the limit of ${largestPayload}`)
  if (bytes <= largestInline) return { text }
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 32)
  const blob = { pk: `blob#${run}`, sk: `${part}#${digest}` }
  const data = { gzip: gzipSync(text).toString('base64') }
  const expiresAt = Math.floor(world.clock.now() / 1000) + keptSeconds
  return await settle(world, async (tried): Promise<Decision<Payload>> => {
    const [before] = tried === 0 ? [] : await world.store.get([blob])
    if (before?.data !== undefined) return { answer: { blob, bytes } }
    const expected = before?.expected ?? absent
    return { writes: [{ kind: 'put', key: blob, expected, data, expiresAt }], answer: { blob, bytes } }
  })
}

/** The text of a payload. Throws when it is gone, which it is not while its run is there. */
export async function loadPayload(world: World, payload: Payload): Promise<string> {
  if ('text' in payload) return payload.text
  const [snapshot] = await world.store.get([payload.blob])
  const data = snapshot?.data as { readonly gzip: string } | undefined
  if (data === undefined) throw new Error(`${payload.blob.pk} ${payload.blob.sk} is not there any more`)
  return gunzipSync(Buffer.from(data.gzip, 'base64')).toString()
}
