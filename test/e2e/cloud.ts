import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fromEnvironment, fromPayload, type StartMessage } from '../../core/scheduler/start-message.ts'
import { type Random, randomFrom } from '../simulation/random.ts'
import type { FakeLaunch } from '../support/fake-aws.ts'
import type { FakeTask } from '../support/fake-ecs.ts'
import { scratchDirectory } from '../support/synth-project.ts'
import { type Answered, eventOf, type Sent } from './api-gateway.ts'
import { Conditions } from './conditions.ts'
import type { Deployment } from './deployment.ts'
import { FunctionProcess } from './function-process.ts'
import { SharedClock } from './shared-clock.ts'
import { type Fate, startWire, type Wire } from './wire.ts'

/** A container that AWS was asked to start. A task has a number of its own; a function's invocation has none. */
export interface Launched {
  readonly message: StartMessage
  readonly task?: FakeTask
}

/** Requests to AWS between one kill and the next. */
const betweenKills = [60, 220] as const
const isWrite = new Set(['PutItem', 'TransactWriteItems', 'Invoke', 'RunTask'])

/**
 * AWS around the functions of one deployment: two instances of the gateway, one of the scheduler, and a clock that goes
 * by what is done. Kills a function before or after one of its requests, loses answers, throttles, as a seed says.
 */
export class Cloud {
  readonly deployment: Deployment
  readonly clock: SharedClock
  /** Changes when an invocation has ended and when time has passed. */
  readonly changes = new Conditions()
  /** Whether things go wrong. */
  faulty = true
  /** Bodies of all requests to the table that were served. */
  readonly writes: string[] = []
  invocations = 0
  private readonly seed: number
  private readonly chance: Random
  private readonly onLaunch: (launched: Launched) => void
  private readonly gateways: FunctionProcess[] = []
  private readonly schedulers: FunctionProcess[] = []
  private readonly wires: Wire[] = []
  private seenLaunches = 0
  private requestsUntilKill: number
  private inFlight = 0

  private constructor(deployment: Deployment, seed: number, onLaunch: (launched: Launched) => void) {
    this.deployment = deployment
    this.seed = seed
    this.chance = this.randomOf('faults')
    this.onLaunch = onLaunch
    this.clock = new SharedClock(join(scratchDirectory(), 'clock'))
    this.requestsUntilKill = this.chance.between(...betweenKills)
  }

  static async start(deployment: Deployment, seed: number, onLaunch: (launched: Launched) => void): Promise<Cloud> {
    const cloud = new Cloud(deployment, seed, onLaunch)
    cloud.gateways.push(await cloud.startFunction('gateway'), await cloud.startFunction('gateway'))
    cloud.schedulers.push(await cloud.startFunction('scheduler'))
    return cloud
  }

  get functions(): readonly FunctionProcess[] {
    return [...this.gateways, ...this.schedulers]
  }

  /** A stream of chance of its own for each actor, so that one does not change what another does. */
  randomOf(actor: string): Random {
    let hash = this.seed
    for (const letter of actor) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0
    return randomFrom(hash)
  }

  /** The gateway's answer; nothing when none came. */
  async gateway(sent: Sent): Promise<Answered | undefined> {
    const answered = await this.invoke(this.chance.pick(this.gateways), eventOf(sent))
    return answered && (answered.answer as Answered)
  }

  /** An asynchronous invocation: Lambda tries three times. True if it was handled. */
  async scheduler(event: unknown): Promise<boolean> {
    for (let tries = 1; tries <= 3; tries++) {
      if ((await this.invoke(this.chance.pick(this.schedulers), event)) !== undefined) return true
      await this.wait(60_000)
    }
    return false
  }

  wait(ms: number): Promise<void> {
    const due = this.clock.now() + ms
    return this.changes.until(() => this.clock.now() >= due)
  }

  /** Lets time pass once a few things have been done, or as soon as everybody waits for time to pass. */
  async step(ms: number): Promise<void> {
    const enough = this.invocations + 8
    await this.quietOr(() => this.invocations >= enough)
    this.clock.advance(ms)
    this.changes.changed()
  }

  /** Until nothing is being done, and nothing will be before time passes. */
  quiet(): Promise<void> {
    return this.quietOr(() => false)
  }

  private async quietOr(enough: () => boolean): Promise<void> {
    do {
      await this.changes.until(() => enough() || this.inFlight === 0)
      // Whoever has just got an answer may go on with it.
      await setImmediate()
    } while (!enough() && this.inFlight > 0)
  }

  async close(): Promise<void> {
    await Promise.all(this.functions.map((one) => one.close()))
    await Promise.all(this.wires.map((one) => one.close()))
    this.clock.close()
  }

  private async invoke(where: FunctionProcess, event: unknown) {
    this.inFlight += 1
    const answered = await where.invoke(event)
    this.inFlight -= 1
    this.invocations += 1
    this.changes.changed()
    return answered
  }

  private async startFunction(name: 'gateway' | 'scheduler'): Promise<FunctionProcess> {
    const { deployment, clock } = this
    const wire = await startWire({
      dynamoDb: deployment.dynamoDb,
      others: deployment.aws.endpoint,
      fateOf: (action) => this.fateOf(action),
      die: () => running.kill(),
      served: (action, body) => this.served(action, body),
    })
    this.wires.push(wire)
    const env = {
      ...deployment.env,
      AWS_ENDPOINT_URL: wire.url,
      AWS_ENDPOINT_URL_DYNAMODB: wire.url,
      // What the first process has compiled, the next ones need not.
      NODE_COMPILE_CACHE: join(deployment.code[name], 'compiled'),
    }
    const running = new FunctionProcess(deployment.code[name], clock.path, { ...env, AL_LOG_LEVEL: 'debug' })
    return running
  }

  private fateOf(action: string): Fate {
    if (!this.faulty) return 'pass'
    this.requestsUntilKill -= 1
    // Half of the deaths wait for a write: it is there that one moment differs from the next.
    if (this.requestsUntilKill <= 0 && (isWrite.has(action) || this.chance.chance(0.2))) {
      this.requestsUntilKill = this.chance.between(...betweenKills)
      return this.chance.chance(0.5) ? 'die before' : 'die after'
    }
    if (this.chance.chance(0.004)) return 'lose the answer'
    return this.chance.chance(0.004) ? 'throttle' : 'pass'
  }

  private served(action: string, body: string): void {
    if (action === 'PutItem' || action === 'TransactWriteItems') this.writes.push(body)
    const { launches } = this.deployment.aws
    for (; this.seenLaunches < launches.length; this.seenLaunches++) {
      const launch = launches[this.seenLaunches]
      if (launch !== undefined) this.onLaunch(this.launchedBy(launch))
    }
  }

  private launchedBy(launch: FakeLaunch): Launched {
    const message = launch.compute === 'lambda' ? fromPayload(launch.payload) : fromEnvironment(launch.environment)
    if (message === undefined) throw new Error('something was launched without a message')
    if (launch.compute === 'lambda') return { message }
    const startedBy = `${message.run.slice(-20)}-${message.attempt}`
    return { message, task: [...this.deployment.aws.tasks.values()].find((task) => task.startedBy === startedBy) }
  }
}
