import { closeSync, openSync, readSync, writeSync } from 'node:fs'

/**
 * One clock for several processes: milliseconds by which it is ahead of the machine's, in a file of eight bytes. All of
 * them see a step at the same moment, so the clocks of two hosts never differ.
 */
export class SharedClock {
  readonly path: string
  private readonly file: number
  private ahead = 0

  constructor(path: string) {
    this.path = path
    this.file = openSync(path, 'w')
    this.advance(0)
  }

  /** Epoch milliseconds. */
  now(): number {
    return Date.now() + this.ahead
  }

  advance(ms: number): void {
    this.ahead += ms
    writeSync(this.file, new Uint8Array(new Float64Array([this.ahead]).buffer), 0, 8, 0)
  }

  close(): void {
    closeSync(this.file)
  }
}

/** Reads, in another process, by how many milliseconds the clock is ahead. */
export function readClock(path: string): () => number {
  const file = openSync(path, 'r')
  const ahead = new Float64Array(1)
  return () => {
    readSync(file, ahead, 0, 8, 0)
    return ahead[0] ?? 0
  }
}
