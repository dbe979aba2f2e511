import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Whether `signature` is the HMAC-SHA256 of the raw bytes in lower-case hex, as GitHub, Sentry, Linear and Mintlify send
 * it. An empty secret signs nothing: anyone could make its signatures.
 */
export function isSignedWith(body: Uint8Array, signature: string | undefined, secret: string): boolean {
  if (signature === undefined || secret === '') return false
  const expected = Buffer.from(createHmac('sha256', secret).update(body).digest('hex'))
  const given = Buffer.from(signature)
  // Bytes, not characters: 64 characters outside ASCII are more than 64 bytes, and `timingSafeEqual` throws on those.
  return given.byteLength === expected.byteLength && timingSafeEqual(given, expected)
}
