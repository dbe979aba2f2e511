import { fork } from 'node:child_process'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { paginateScan } from '@aws-sdk/client-dynamodb'
import { fromEnvironment, fromPayload } from '../../../core/scheduler/start-message.ts'
import { dynamoDbStore } from '../../../functions/stores/dynamodb.ts'
import { planOf } from '../../launchers/aws-project.ts'
import { connect } from '../../support/dynamodb-table.ts'
import type { FakeLaunch } from '../../support/fake-aws.ts'
import type { FakeTask } from '../../support/fake-ecs.ts'
import { HostProcess } from '../host-process.ts'
import type { Answered } from '../sent.ts'
import { startWire, type Wire } from '../wire.ts'
import { eventOf } from './api-gateway.ts'
import { deploy } from './aws-deployment.ts'
import type { Container, Host, HostKind, Launched } from './host.ts'

const program = join(import.meta.dirname, '../programs/lambda.ts')
const isWrite = new Set(['PutItem', 'TransactWriteItems', 'Invoke', 'RunTask'])
const isCommit = new Set(['PutItem', 'TransactWriteItems'])

/** Two instances of the gateway function and one of the scheduler, as they are uploaded, and AWS on loopback. */
export const aws: HostKind = {
  name: 'AWS',
  betweenKills: [60, 220],
  plan: (files) => planOf(files, 'ecs'),
  async open(plan, stage, onLaunch): Promise<Host> {
    const deployment = await deploy(plan)
    const { launches, tasks } = deployment.aws
    const chance = stage.randomOf('instances')
    const wires: Wire[] = []
    const writes: string[] = []
    let seen = 0

    const served = (action: string, body: string) => {
      if (isCommit.has(action)) writes.push(body)
      for (; seen < launches.length; seen++) {
        const launch = launches[seen]
        if (launch !== undefined) onLaunch(launchedBy(launch))
      }
    }
    const launchedBy = (launch: FakeLaunch): Launched => {
      const message = launch.compute === 'lambda' ? fromPayload(launch.payload) : fromEnvironment(launch.environment)
      if (message === undefined) throw new Error('something was launched without a message')
      const startedBy = `${message.run.slice(-20)}-${message.attempt}`
      const task = [...tasks.values()].find((one) => one.startedBy === startedBy)
      return launch.compute === 'lambda' || task === undefined ? { message } : { message, container: asContainer(task) }
    }
    const start = async (name: 'gateway' | 'scheduler'): Promise<HostProcess> => {
      const wire = await startWire({
        lineOf({ headers }) {
          const [target = '', action = 'Invoke'] = String(headers['x-amz-target'] ?? '').split('.')
          return { action, to: target.startsWith('DynamoDB') ? deployment.dynamoDb : deployment.aws.endpoint }
        },
        fateOf: (action) => stage.fateOf(isWrite.has(action)),
        die: () => running.kill(),
        served,
        turnAway,
      })
      wires.push(wire)
      const env = {
        PATH: process.env.PATH,
        ...deployment.env,
        AWS_ENDPOINT_URL: wire.url,
        AWS_ENDPOINT_URL_DYNAMODB: wire.url,
        AL_LOG_LEVEL: 'debug',
        // What the first process has compiled, the next ones need not.
        NODE_COMPILE_CACHE: join(deployment.code[name], 'compiled'),
      }
      const begin = () =>
        fork(program, [deployment.code[name], stage.clock.path], {
          env,
          execArgv: [],
          stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        })
      const running = new HostProcess(begin, { standby: true })
      return running
    }
    const [gateways, scheduler] = [[await start('gateway'), await start('gateway')], await start('scheduler')]
    const client = connect(deployment.dynamoDb)

    /** What a function answers to an event; nothing when it died on the way or threw. */
    const invoke = (where: HostProcess, event: unknown) =>
      stage.invoke(async () => {
        const answered = await where.fetch('/', { method: 'POST', body: JSON.stringify(event) })
        return answered?.status === 200 ? { answer: JSON.parse(answered.text) as unknown } : undefined
      })
    const tell = async (event: unknown) => (await invoke(scheduler, event)) !== undefined

    return {
      plan,
      webhookSecret: deployment.webhookSecret,
      gatewayKey: deployment.gatewayKey,
      processes: [...gateways, scheduler],
      store: dynamoDbStore({ table: deployment.table, client, now: () => stage.clock.now() }),
      async send(sent) {
        return (await invoke(chance.pick(gateways), eventOf(sent)))?.answer as Answered | undefined
      },
      sweep: () => tell({ kind: 'sweep' }),
      tick: (agent, at) => tell({ kind: 'tick', agent, at: new Date(at).toISOString() }),
      async ended({ name }, code) {
        const task = tasks.get(name)
        return task === undefined || (await tell(stopped(task, code)))
      },
      async everythingStored() {
        const items: string[] = []
        for await (const { Items = [] } of paginateScan({ client }, { TableName: deployment.table })) {
          items.push(...Items.map((item) => JSON.stringify(item)))
        }
        return { items: items.join('\n'), writes: writes.join('\n') }
      },
      async close() {
        await Promise.all([...gateways, scheduler].map((one) => one.close()))
        await Promise.all(wires.map((one) => one.close()))
        client.destroy()
        await deployment.remove()
      },
    }
  },
}

const asContainer = (task: FakeTask): Container => ({
  name: task.taskArn,
  isStopped: () => task.lastStatus === 'STOPPED',
  end() {
    task.lastStatus = 'STOPPED'
  },
})

function turnAway(outgoing: ServerResponse, action: string): void {
  const [status, type] = action === 'Invoke' ? [429, 'TooManyRequestsException'] : [400, 'ThrottlingException']
  outgoing
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type })
    .end(JSON.stringify({ __type: type, message: 'Rate exceeded' }))
}

/** What ECS tells EventBridge when a task has ended. */
function stopped({ taskArn, family, startedBy, clusterArn }: FakeTask, exitCode: number) {
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
