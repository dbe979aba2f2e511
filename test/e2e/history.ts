import { Container } from './container.ts'
import type { Host, HostKind, Launched } from './hosts/host.ts'
import { Ledger } from './ledger.ts'
import { Stage } from './stage.ts'
import { projectOf, sendDeliveries } from './traffic.ts'

export interface History {
  readonly stage: Stage
  readonly host: Host
  readonly ledger: Ledger
  close(): Promise<void>
}

export interface HistoryOptions {
  readonly seed: number
  readonly deliveries: number
  readonly projectScale?: number
}

const second = 1000
/** Sweeps after the last event, one a minute, in which everything has to end: a queue of tasks that never start is slow. */
const mostSweeps = 600

/** Lives through one history: deliveries, ticks, containers and kills, then minutes without events until all is quiet. */
export async function liveThrough(kind: HostKind, options: HistoryOptions): Promise<History> {
  const stage = new Stage({ seed: options.seed, betweenKills: kind.betweenKills })
  const ledger = new Ledger()
  const acting = new Set<Promise<unknown>>()
  const failures: unknown[] = []
  const act = (what: Promise<unknown>) => {
    const acted = what.catch((error: unknown) => failures.push(error)).finally(() => acting.delete(acted))
    acting.add(acted)
  }
  let containers = 0
  const onLaunch = (launched: Launched) => {
    // Some platforms start what they have no name for twice.
    const copies = launched.container === undefined && stage.randomOf(`launch ${containers}`).chance(0.1) ? 2 : 1
    for (let i = 0; i < copies; i++) act(live(launched))
  }
  const live = async (launched: Launched) => {
    const random = stage.randomOf(`end of container ${containers}`)
    const code = await new Container(stage, host, ledger, launched, containers++).live()
    const { container } = launched
    if (container === undefined) return
    container.end(code)
    // Events are lost, and told twice.
    const told = random.pick([0, 1, 1, 1, 1, 2])
    for (let i = 0; i < told; i++) await stage.deliver(() => host.ended(container, code))
  }
  const host = await kind.open(kind.plan(projectOf(options.projectScale)), stage, onLaunch)
  const { store } = host
  const random = stage.randomOf('time')

  /** A minute goes by, then comes what a cloud's scheduler sends. */
  const oneMinute = async (ticks: boolean) => {
    for (let steps = 4; steps > 0; steps--) await stage.step(15 * second)
    act(stage.deliver(host.sweep))
    if (random.chance(0.1)) act(stage.deliver(host.sweep))
    if (!ticks || !random.chance(0.3)) return
    const minute = Math.floor(stage.clock.now() / 60_000) * 60_000
    const told = random.pick([1, 2])
    for (let i = 0; i < told; i++) act(stage.deliver(() => host.tick('patrol', minute)))
  }

  let sending = true
  act(
    sendDeliveries(stage, host, ledger, options.deliveries).finally(() => {
      sending = false
    }),
  )
  while (sending && failures.length === 0) {
    await oneMinute(true)
    if (random.chance(0.1)) act(killSomething(host, ledger, random.next()))
  }
  stage.faulty = false
  for (let sweeps = 0; failures.length === 0; sweeps++) {
    await oneMinute(false)
    await stage.quiet()
    if (acting.size === 0 && (await store.list('live')).length === 0) break
    if (sweeps === mostSweeps) {
      const left = (await store.list('live')).map(({ sk, data }) => `${sk} ${JSON.stringify(data)}`)
      throw new Error(`not quiet after ${sweeps} sweeps, ${acting.size} still act: ${left.join('\n')}`)
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'))
  return {
    stage,
    host,
    ledger,
    async close() {
      await host.close()
      stage.close()
    },
  }
}

/** An operator kills one of the runs that answers have named. */
async function killSomething(host: Host, ledger: Ledger, chance: number): Promise<void> {
  const known = [...ledger.told.values()].slice(-10)
  const run = known[Math.floor(chance * known.length)]
  if (run === undefined) return
  const headers = { authorization: `Bearer ${host.gatewayKey}` }
  const answered = await host.send({ path: `/control/kill/${run}`, headers })
  ledger.expect([undefined, 200, 404, 503].includes(answered?.statusCode), `kill ${run}`, answered)
}
