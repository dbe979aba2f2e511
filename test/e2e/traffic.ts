import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { agentFiles, type Files, model } from '../support/synth-project.ts'
import type { Host } from './hosts/host.ts'
import type { Delivery, Ledger } from './ledger.ts'
import { githubDelivery } from './sent.ts'
import type { Stage } from './stage.ts'

/** Which agents hear of which event of GitHub. */
const listeners: Readonly<Record<string, readonly string[]>> = {
  issues: ['triage', 'build'],
  pull_request: ['review'],
  push: ['build', 'release'],
  star: [],
}
const events = Object.keys(listeners)
const heardBy = (agent: string) => JSON.stringify(events.filter((event) => listeners[event]?.includes(agent)))
const webhook = (agent: string) => `[[webhooks]]\nsource = "github"\nevents = ${heardBy(agent)}\n`

/** Short and long ones, one at a time and two, by webhook, by schedule and by call. */
export const projectOf = (projectScale: number | undefined): Files => ({
  'config.toml': `workQueueSize = 4\nmaxReruns = 2\n${projectScale === undefined ? '' : `scale = ${projectScale}\n`}${model}
[webhooks.github]\ntype = "github"\ncredential = "acme"\n`,
  ...agentFiles('triage', `scale = 2\n${webhook('triage')}`),
  ...agentFiles('review', webhook('review')),
  ...agentFiles('build', `scale = 2\ntimeout = 3600\n${webhook('build')}`),
  ...agentFiles('release', `timeout = 3600\n${webhook('release')}`),
  ...agentFiles('patrol', 'schedule = "* * * * *"\n'),
  ...agentFiles('helper', 'schedule = "0 0 1 1 *"\n'),
})

type Examples = readonly { readonly name: string; readonly examples: readonly { readonly repository?: object }[] }[]
const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as Examples
const bodies = new Map(
  examples.map(({ name, examples }) => [
    name,
    examples.filter((one) => one.repository).map((one) => JSON.stringify(one)),
  ]),
)

/** Sends so many deliveries in bursts. Resolves when every sender has heard a 2xx or has given up. */
export async function sendDeliveries(stage: Stage, host: Host, ledger: Ledger, count: number): Promise<void> {
  const random = stage.randomOf('bursts')
  const senders: Promise<void>[] = []
  while (senders.length < count) {
    for (let burst = random.pick([1, 2, 4, 10]); burst > 0 && senders.length < count; burst--) {
      senders.push(send(stage, host, ledger, senders.length))
    }
    await stage.wait(random.between(0, 90_000))
  }
  await Promise.all(senders)
}

async function send(stage: Stage, host: Host, ledger: Ledger, number: number): Promise<void> {
  const random = stage.randomOf(`sender ${number}`)
  const event = random.pick(events)
  const delivery: Delivery = { id: randomUUID(), agents: listeners[event] ?? [], accepted: false }
  ledger.deliveries.push(delivery)
  const sent = githubDelivery(host.webhookSecret, event, delivery.id, random.pick(bodies.get(event) ?? []))
  const once = async () =>
    ledger.heard(delivery, await host.send({ ...sent, base64: random.chance(0.5), sourceIp: '192.0.2.10' }))
  const givesUp = random.chance(0.1)
  do {
    await Promise.all(random.chance(0.15) ? [once(), once()] : [once()])
    if (givesUp) return
    await stage.wait(random.between(60_000, 400_000))
  } while (!delivery.accepted)
  if (random.chance(0.2)) await once()
}
