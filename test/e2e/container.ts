import { createHash, randomBytes } from 'node:crypto'
import type { Random } from '../simulation/random.ts'
import type { Host, Launched } from './hosts/host.ts'
import type { Ledger } from './ledger.ts'
import type { Answered } from './sent.ts'
import type { Stage } from './stage.ts'

/** It is no longer there to go on. */
class Gone extends Error {}

const fenceBefore = 60_000
const beatEvery = 60_000

/**
 * What a platform started: claims its run, works, says how it ended, over HTTP alone. It may never claim, claim late, die at
 * work, or freeze for longer than its lease and go on. Resolves with its exit code.
 */
export class Container {
  private readonly stage: Stage
  private readonly host: Host
  private readonly ledger: Ledger
  private readonly launched: Launched
  private readonly random: Random
  private readonly sourceIp: string
  private readonly session: string
  private renewed: number
  private leaseMs = 60_000 + fenceBefore
  private fences = true

  constructor(stage: Stage, host: Host, ledger: Ledger, launched: Launched, number: number) {
    this.stage = stage
    this.host = host
    this.ledger = ledger
    this.launched = launched
    this.random = stage.randomOf(`container ${number}`)
    this.sourceIp = `10.0.${number >> 8}.${number & 255}`
    this.session = `${launched.message.run}.${randomBytes(32).toString('base64url')}`
    // A claim is tried for a minute.
    this.renewed = stage.clock.now()
    ledger.secrets.push(launched.message.ticket, this.session, this.session.slice(launched.message.run.length + 1))
  }

  async live(): Promise<number> {
    try {
      if (this.random.chance(0.06)) return 1
      if (this.random.chance(0.12)) await this.stage.wait(this.random.between(60_000, 400_000))
      this.renewed = this.stage.clock.now()
      return await this.claimAndWork()
    } catch (error) {
      if (error instanceof Gone) return 137
      throw error
    }
  }

  private async claimAndWork(): Promise<number> {
    const { run, ticket } = this.launched.message
    const session = createHash('sha256').update(this.session).digest('hex')
    const sent = this.stage.clock.now()
    const body = { session, ...(this.launched.container && { container: this.launched.container.name }) }
    const claimed = await this.insist('/runs/claim', body, `${run}.${ticket}`)
    if (claimed.statusCode !== 200) {
      this.ledger.expect(claimed.statusCode === 409 || claimed.statusCode === 410, `${run}: claim`, claimed)
      return 0
    }
    this.ledger.executes(run, this.session)
    this.leaseMs = JSON.parse(claimed.body).leaseMs
    this.renewed = sent
    return await this.work()
  }

  private async work(): Promise<number> {
    const { random, stage, ledger } = this
    const { run } = this.launched.message
    const dies = random.chance(0.1)
    const freezes = random.chance(0.06)
    this.fences = !freezes
    for (let left = random.between(0, 6); left > 0; left--) {
      await stage.wait(random.between(0, 45_000))
      if (dies && random.chance(0.4)) return 1
      if (freezes && random.chance(0.4)) await stage.wait(1_200_000)
      const beat = stage.clock.now() - this.renewed > beatEvery
      const sent = stage.clock.now()
      const alive = await (beat ? this.ask('/runs/heartbeat', {}) : this.ask('/runs/self', undefined))
      if (alive?.statusCode === 200) {
        if (beat) this.renewed = sent
        const { stop } = JSON.parse(alive.body)
        if (stop !== undefined) return await this.finish({ outcome: 'killed', reason: stop })
      } else if (alive !== undefined && alive.statusCode < 500) {
        ledger.expect(alive.statusCode === 410, `${run}: alive`, alive)
        if (!freezes) return 0
      }
      await this.act()
    }
    const result = random.chance(0.3) ? { result: 'r'.repeat(random.pick([10, 3000])) } : {}
    const outcome = random.pick(['completed', 'completed', 'completed', 'rerun', 'error'])
    return await this.finish({ outcome, ...result })
  }

  /** One of the things an agent does. */
  private async act(): Promise<void> {
    const { random, ledger } = this
    const { run } = this.launched.message
    const resourceKey = random.pick(['main branch', 'staging', 'release notes'])
    switch (random.between(1, 5)) {
      case 1:
      case 2: {
        const asked = ledger.latestFence(resourceKey)
        const got = await this.ask('/locks/acquire', { resourceKey })
        if (got?.statusCode === 200) ledger.granted(run, resourceKey, JSON.parse(got.body).fence, asked)
        return
      }
      case 3: {
        const asked = ledger.latestFence(resourceKey)
        const kept = await this.ask('/locks/heartbeat', { resourceKey })
        if (kept?.statusCode === 200) ledger.granted(run, resourceKey, JSON.parse(kept.body).fence, asked)
        return
      }
      case 4:
        await this.ask('/locks/release', { resourceKey })
        return
      default: {
        const key = String(random.between(1, 2))
        const called = await this.ask('/calls', { targetAgent: 'helper', context: 'c'.repeat(2000) }, key)
        if (called?.statusCode === 200) ledger.called(run, key, JSON.parse(called.body).callId)
      }
    }
  }

  private async finish(body: {
    readonly outcome: string
    readonly reason?: string
    readonly result?: string
  }): Promise<number> {
    const finished = await this.insist('/runs/finish', body)
    const { run } = this.launched.message
    this.ledger.expect(finished.statusCode === 200 || finished.statusCode === 410, `${run}: finish`, finished)
    if (finished.statusCode === 200) this.ledger.finished(run, JSON.parse(finished.body).outcome)
    return body.outcome === 'error' ? 1 : 0
  }

  /** Asks until there is an answer; its own fence is what ends that. */
  private async insist(path: string, body: object, secret = this.session): Promise<Answered> {
    for (;;) {
      const answered = await this.ask(path, body, undefined, secret)
      if (answered !== undefined && answered.statusCode < 500) return answered
      await this.stage.wait(this.random.between(1000, 10_000))
    }
  }

  private async ask(path: string, body: object | undefined, idempotencyKey?: string, secret = this.session) {
    const { stage, host, launched, sourceIp } = this
    const late = this.fences && stage.clock.now() - this.renewed > this.leaseMs - fenceBefore
    if (late) throw new Gone()
    this.stillThere()
    const answered = await host.send({
      method: body === undefined ? 'GET' : 'POST',
      path,
      sourceIp,
      headers: { authorization: `Bearer ${secret}`, ...(idempotencyKey && { 'idempotency-key': idempotencyKey }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    this.ledger.expect(
      ![401, 429, 500].includes(answered?.statusCode ?? 0),
      `${path} of ${launched.message.run}`,
      answered,
    )
    this.stillThere()
    return answered
  }

  /** It may be stopped at any moment. */
  private stillThere(): void {
    if (this.launched.container?.isStopped()) throw new Gone()
  }
}
