import { randomFillSync } from 'node:crypto'

const size = 4096

/**
 * Random bytes fit for secrets, taken from the system a page at a time: asking it for eight bytes costs as much as asking
 * for a page. What was handed out is wiped from the pool.
 */
export function randomPool(): (bytes: number) => Uint8Array {
  const pool = new Uint8Array(size)
  let used = size
  return (bytes) => {
    if (bytes > size) return randomFillSync(new Uint8Array(bytes))
    if (used + bytes > size) {
      randomFillSync(pool)
      used = 0
    }
    const taken = pool.slice(used, used + bytes)
    pool.fill(0, used, used + bytes)
    used += bytes
    return taken
  }
}
