import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../measure.ts'
import type { RunningHost } from './running-host.ts'

/** Milliseconds from the answer to a webhook until the run it has started asks its model: median. */
export async function overhead(host: RunningHost, rounds: number): Promise<number> {
  const times: number[] = []
  for (let round = -1; round < rounds; round++) {
    const asked = host.asked(1)
    asked.catch(() => undefined)
    await host.deliver()
    const accepted = performance.now()
    await asked
    if (round >= 0) times.push(performance.now() - accepted)
    await host.rest()
  }
  return median(times)
}

export interface Latency {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Milliseconds for which a host is asked while nothing happens. */
const quietMs = 2000
/** Milliseconds between two questions. */
const rhythm = 5

/** How fast a host answers over HTTP: at rest, and while so many containers start at once, until each has asked its model. */
export async function latency(
  host: RunningHost,
  containers: number,
): Promise<{ readonly quiet: Latency; readonly busy: Latency }> {
  const quiet = await answersUntil(host.url, sleep(quietMs))
  const asked = host.asked(containers)
  asked.catch(() => undefined)
  const deliveries = Promise.all(Array.from({ length: containers }, () => host.deliver()))
  const busy = await answersUntil(host.url, Promise.all([asked, deliveries]))
  await host.rest()
  return { quiet, busy }
}

async function answersUntil(url: string, event: Promise<unknown>): Promise<Latency> {
  const agent = new Agent({ keepAlive: true })
  const times: number[] = []
  let over = false
  const end = event.finally(() => {
    over = true
  })
  end.catch(() => undefined)
  while (!over) {
    const start = performance.now()
    await health(url, agent)
    times.push(performance.now() - start)
    await sleep(rhythm)
  }
  agent.destroy()
  await end
  times.sort((a, b) => a - b)
  const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

function health(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = get(`${url}/health`, { agent }, (answer) => {
      answer.resume().on('end', resolve).on('error', reject)
    })
    asked.on('error', reject)
  })
}
