import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { PublicRun } from '../../functions/gateway/public-run.ts'
import { agentFiles, type Files, model } from '../support/synth-project.ts'
import type { Host, HostKind, Launched } from './hosts/host.ts'
import { githubDelivery } from './sent.ts'
import { Stage } from './stage.ts'

const hears = (repo: string, more = '') =>
  `${more}[[webhooks]]\nsource = "github"\nevents = ["push"]\nrepos = ["acme/${repo}"]\n`
const never = 'schedule = "0 0 1 1 *"\n'

/** An agent for each thing that can happen, so that none of it disturbs the others. */
const files: Files = {
  'config.toml': `workQueueSize = 2\nmaxReruns = 2\n${model}\n[webhooks.github]\ntype = "github"\ncredential = "acme"\n`,
  ...agentFiles('hooked', hears('hooked')),
  ...agentFiles('busy', hears('busy')),
  ...agentFiles('patient', hears('patient')),
  ...agentFiles('ticking', 'schedule = "* * * * *"\n'),
  ...agentFiles('keeper', never),
  ...agentFiles('seeker', never),
  ...agentFiles('caller', never),
  ...agentFiles('callee', never),
  ...agentFiles('again', never),
  ...agentFiles('doomed', `timeout = 3600\n${never}`),
  ...agentFiles('crashing', hears('crashing', 'timeout = 3600\n')),
  ...agentFiles('silent', hears('silent')),
  ...agentFiles('surviving', hears('surviving')),
}

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** What a container does, over HTTP alone. */
export class Actor {
  readonly launched: Launched
  private readonly host: Host
  private readonly secret: string

  constructor(host: Host, launched: Launched) {
    this.host = host
    this.launched = launched
    this.secret = `${launched.message.run}.${randomBytes(32).toString('base64url')}`
  }

  get run(): string {
    return this.launched.message.run
  }

  claim(): Promise<Answer> {
    const session = createHash('sha256').update(this.secret).digest('hex')
    const { container } = this.launched
    const body = { session, ...(container && { container: container.name }) }
    return this.say('/runs/claim', body, `${this.run}.${this.launched.message.ticket}`)
  }

  finish(outcome: string, result?: string): Promise<Answer> {
    return this.say('/runs/finish', { outcome, ...(result !== undefined && { result }) })
  }

  say(path: string, body?: object, secret = this.secret, headers: Readonly<Record<string, string>> = {}) {
    return answer(this.host, {
      path,
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${secret}`, ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
  }
}

async function answer(host: Host, sent: Parameters<Host['send']>[0]): Promise<Answer> {
  const answered = await host.send(sent)
  if (answered === undefined) throw new Error(`${sent.path}: no answer`)
  return { status: answered.statusCode, body: JSON.parse(answered.body) }
}

/** A host on which nothing goes wrong by itself, and everything that can be done to it from outside. */
export class Scene {
  readonly host: Host
  readonly stage: Stage
  private readonly launches: Launched[]

  private constructor(host: Host, stage: Stage, launches: Launched[]) {
    this.host = host
    this.stage = stage
    this.launches = launches
  }

  static async open(kind: HostKind): Promise<Scene> {
    const stage = new Stage({ seed: 1 })
    const launches: Launched[] = []
    return new Scene(await kind.open(kind.plan(files), stage, (one) => launches.push(one)), stage, launches)
  }

  /** What was launched of an agent, in this order. */
  started(agent: string): Actor[] {
    const ofIt = this.launches.filter(({ message }) => message.run.slice(0, -21) === agent)
    return ofIt.map((launched) => new Actor(this.host, launched))
  }

  /** The newest container of an agent. */
  latest(agent: string): Actor {
    const actor = this.started(agent).at(-1)
    if (actor === undefined) throw new Error(`nothing of ${agent} was launched`)
    return actor
  }

  /** A push to the repository of the agent's name. */
  push(agent: string, options: { readonly id?: string; readonly secret?: string } = {}): Promise<Answer> {
    const { id = randomUUID(), secret = this.host.webhookSecret } = options
    const repository = { full_name: `acme/${agent}` }
    const body = JSON.stringify({ ref: 'refs/heads/main', repository, sender: { login: 'x' }, commits: [] })
    return answer(this.host, githubDelivery(secret, 'push', id, body))
  }

  control(path: string, method: 'GET' | 'POST' = 'POST'): Promise<Answer> {
    const headers = { authorization: `Bearer ${this.host.gatewayKey}` }
    return answer(this.host, { method, path, headers, ...(method === 'POST' && { body: '{}' }) })
  }

  /** Starts an agent by hand, and answers its container, which has claimed its run. */
  async begin(agent: string): Promise<Actor> {
    const { status, body } = await this.control(`/control/trigger/${agent}`)
    if (status !== 200) throw new Error(`${agent} was not started: ${status} ${JSON.stringify(body)}`)
    return await this.claimed(agent)
  }

  /** The newest container of an agent, once it has claimed its run. */
  async claimed(agent: string): Promise<Actor> {
    const actor = this.latest(agent)
    const { status, body } = await actor.claim()
    if (status !== 200) throw new Error(`${actor.run} was not claimed: ${status} ${JSON.stringify(body)}`)
    return actor
  }

  /** All runs of an agent, the newest first. */
  async runs(agent: string): Promise<readonly PublicRun[]> {
    const { body } = await this.control(`/control/agents/${agent}/runs`, 'GET')
    return body.runs as readonly PublicRun[]
  }

  /** Minutes go by, each with its sweep. */
  async minutes(count: number): Promise<void> {
    for (; count > 0; count--) {
      this.stage.pass(60_000)
      if (!(await this.host.sweep())) throw new Error('the sweep failed')
    }
  }

  /** The minute that it is, epoch milliseconds. */
  get minute(): number {
    return Math.floor(this.stage.clock.now() / 60_000) * 60_000
  }

  async close(): Promise<void> {
    await this.host.close()
    this.stage.close()
  }
}
