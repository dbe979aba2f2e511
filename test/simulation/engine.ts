import type { Random } from './random.ts'

interface Event {
  readonly at: number
  readonly order: number
  readonly happen: () => void
}

/**
 * Virtual time. Whatever waits, waits for an event in here; events happen one at a time, and everything that follows from
 * one runs until it waits again. Latencies are random, so every await is a place where anything else may come between.
 */
export class Engine {
  now: number
  private readonly events: Event[] = []
  private readonly random: Random

  constructor(random: Random, start: number) {
    this.random = random
    this.now = start
  }

  /** Lets something happen so many milliseconds from now; in random order with what happens at the same time. */
  after(ms: number, happen: () => void): void {
    const event = { at: this.now + Math.max(0, ms), order: this.random.next(), happen }
    const { events } = this
    let i = events.push(event) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(event, events[parent])) break
      events[i] = events[parent] as Event
      i = parent
    }
    events[i] = event
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  /** Lets events happen until there are none before `until`, or until it is told to stop. */
  async run(until: number, stop: () => boolean): Promise<void> {
    while (!stop()) {
      const next = this.events[0]
      if (next === undefined || next.at > until) break
      this.take()
      this.now = next.at
      next.happen()
      await settled()
    }
    if (!stop()) this.now = Math.max(this.now, until)
  }

  private take(): void {
    const { events } = this
    const last = events.pop()
    if (last === undefined || events.length === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= events.length) break
      if (child + 1 < events.length && before(events[child + 1] as Event, events[child])) child += 1
      if (!before(events[child] as Event, last)) break
      events[i] = events[child] as Event
      i = child
    }
    events[i] = last
  }
}

const before = (a: Event, b: Event | undefined): boolean =>
  b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order))

/** Everything that can run without waiting for an event has run: Node empties the queue of promises before a tick. */
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))
