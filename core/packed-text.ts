import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import type { Store } from './store.ts'

/** Long text as it lies in an item. */
export type PackedText = { readonly text: string } | { readonly brotli: string }

/** Text above this is compressed everywhere: as JSON it may take six times its size, compressed it always fits an item. */
const largestPlain = 48 * 1024

/**
 * Text for an item of this store: compressed where writes are billed by the kilobyte, or where it is very long. At its
 * lowest quality Brotli takes a third of gzip's time, and what webhooks send still shrinks to a quarter.
 */
export function packText({ billsBytes }: Pick<Store, 'billsBytes'>, text: string): PackedText {
  if (billsBytes !== true && text.length <= largestPlain) return { text }
  const brotli = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
  return { brotli: brotli.toString('base64') }
}

export const unpackText = (packed: PackedText): string =>
  'text' in packed ? packed.text : brotliDecompressSync(Buffer.from(packed.brotli, 'base64')).toString()
