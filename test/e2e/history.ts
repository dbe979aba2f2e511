import type { Store } from '../../core/store.ts'
import { dynamoDbStore } from '../../functions/stores/dynamodb.ts'
import { connect } from '../support/dynamodb-table.ts'
import { Cloud, type Launched } from './cloud.ts'
import { Container } from './container.ts'
import type { Deployment } from './deployment.ts'
import { Ledger } from './ledger.ts'
import { sendDeliveries } from './traffic.ts'

export interface History {
  readonly cloud: Cloud
  readonly ledger: Ledger
  /** The table, read from outside. */
  readonly store: Store
  close(): Promise<void>
}

const second = 1000
/** Sweeps after the last event, one a minute, in which everything has to end: a queue of tasks that never start is slow. */
const mostSweeps = 600

/** Lives through one history: deliveries, ticks, containers and kills, then minutes without events until all is quiet. */
export async function liveThrough(deployment: Deployment, seed: number, deliveries: number): Promise<History> {
  const ledger = new Ledger()
  const acting = new Set<Promise<unknown>>()
  const failures: unknown[] = []
  const act = (what: Promise<unknown>) => {
    const acted = what.catch((error: unknown) => failures.push(error)).finally(() => acting.delete(acted))
    acting.add(acted)
  }
  let containers = 0
  const onLaunch = (launched: Launched) => {
    // The platform starts some functions twice.
    const copies = launched.task === undefined && cloud.randomOf(`launch ${containers}`).chance(0.1) ? 2 : 1
    for (let i = 0; i < copies; i++) act(container(launched))
  }
  const container = async (launched: Launched) => {
    const random = cloud.randomOf(`end of container ${containers}`)
    const code = await new Container(cloud, ledger, launched, containers++).live()
    const { task } = launched
    if (task === undefined) return
    task.lastStatus = 'STOPPED'
    // Events are lost, and told twice.
    for (let told = random.pick([0, 1, 1, 1, 1, 2]); told > 0; told--) await cloud.scheduler(stopped(task, code))
  }
  const cloud = await Cloud.start(deployment, seed, onLaunch)
  const client = connect(deployment.dynamoDb)
  const store = dynamoDbStore({ table: deployment.table, client, now: () => cloud.clock.now() })
  const random = cloud.randomOf('time')

  /** A minute goes by, then comes what EventBridge sends. */
  const oneMinute = async (ticks: boolean) => {
    for (let steps = 4; steps > 0; steps--) await cloud.step(15 * second)
    act(cloud.scheduler({ kind: 'sweep' }))
    if (random.chance(0.1)) act(cloud.scheduler({ kind: 'sweep' }))
    if (!ticks || !random.chance(0.3)) return
    const at = `${new Date(cloud.clock.now()).toISOString().slice(0, 16)}:00Z`
    for (let told = random.pick([1, 2]); told > 0; told--) act(cloud.scheduler({ kind: 'tick', agent: 'patrol', at }))
  }

  let sending = true
  act(
    sendDeliveries(cloud, ledger, deliveries).finally(() => {
      sending = false
    }),
  )
  while (sending && failures.length === 0) {
    await oneMinute(true)
    if (random.chance(0.1)) act(killSomething(cloud, ledger, random.next()))
  }
  cloud.faulty = false
  for (let sweeps = 0; failures.length === 0; sweeps++) {
    await oneMinute(false)
    await cloud.quiet()
    if (acting.size === 0 && (await store.list('live')).length === 0) break
    if (sweeps === mostSweeps) {
      const left = (await store.list('live')).map(({ sk, data }) => `${sk} ${JSON.stringify(data)}`)
      throw new Error(`not quiet after ${sweeps} sweeps, ${acting.size} still act: ${left.join('\n')}`)
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'))
  return {
    cloud,
    ledger,
    store,
    async close() {
      await cloud.close()
      client.destroy()
    },
  }
}

/** An operator kills one of the runs that answers have named. */
async function killSomething(cloud: Cloud, ledger: Ledger, chance: number): Promise<void> {
  const known = [...ledger.told.values()].slice(-10)
  const run = known[Math.floor(chance * known.length)]
  if (run === undefined) return
  const headers = { authorization: `Bearer ${cloud.deployment.gatewayKey}` }
  const answered = await cloud.gateway({ path: `/control/kill/${run}`, headers })
  ledger.expect([undefined, 200, 404, 503].includes(answered?.statusCode), `kill ${run}`, answered)
}

/** What ECS tells EventBridge when a task has ended. */
function stopped({ taskArn, family, startedBy, clusterArn }: NonNullable<Launched['task']>, exitCode: number) {
  return {
    source: 'aws.ecs',
    detail: {
      lastStatus: 'STOPPED',
      taskArn,
      taskDefinitionArn: clusterArn.replace(/cluster\/.*/, `task-definition/${family}:7`),
      startedBy,
      stopCode: 'EssentialContainerExited',
      containers: [{ name: 'agent', exitCode }],
    },
  }
}
