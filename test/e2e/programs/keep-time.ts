import { readClock } from '../shared-clock.ts'

/** Sets this process to the clock of a test; before a function is loaded, which takes `Date.now` as it finds it. */
export function keepTime(clock: string): () => number {
  const ahead = readClock(clock)
  const realNow = Date.now
  Date.now = () => realNow() + ahead()
  return ahead
}
