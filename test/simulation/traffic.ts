import type { Triggered } from '../../core/scheduler/trigger.ts'
import type { Simulation } from './simulation.ts'

const minute = 60_000
/** After the last event a sender goes on for so long. */
const mostRedeliveries = 20

/** What comes from outside: deliveries, the clock, and people. Everything may come late, twice, or in another order. */
export class Traffic {
  private readonly sim: Simulation
  private ended = false

  constructor(sim: Simulation) {
    this.sim = sim
  }

  begin(): void {
    const { engine, random, scenario, rollout } = this.sim
    // Deliveries come in bursts, as they do when somebody labels ten issues.
    const moments = Array.from({ length: random.between(1, 6) }, () => random.between(0, scenario.duration))
    // Some come while the hosts differ about the project.
    if (scenario.deploy !== undefined) moments.push(scenario.deploy.at + random.between(0, 20_000))
    for (let i = 0; i < scenario.deliveries; i++) {
      const id = `delivery ${i}`
      const agents = rollout.agents().filter(() => random.chance(0.6))
      const at = random.pick(moments) + random.between(0, 3000)
      const times = random.chance(scenario.faults.repeatedEvent) ? random.between(2, 3) : 1
      for (let time = 0; time < times; time++) {
        // At the same moment, or a little later.
        const wait = random.chance(0.5) ? 0 : random.between(0, 2 * minute)
        engine.after(at + wait, () => void this.deliver(id, agents))
      }
    }
    engine.after(random.between(0, minute), () => this.sweeping())
    engine.after(minute, () => this.minute(engine.now))
    engine.after(random.between(0, minute), () => void this.operate())
  }

  /** No more events; whatever is paused goes on. */
  end(): void {
    this.ended = true
    this.sim.rollout.endSchedules()
    this.resumeAll()
    // A pause that was on its way may have come after that.
    this.sim.engine.after(5 * minute, () => this.resumeAll())
  }

  private resumeAll(): void {
    void this.insist('resume the project', (plane) => plane.resumeProject())
    for (const agent of this.sim.rollout.agents()) {
      void this.insist(`resume ${agent}`, (plane) => plane.resumeAgent(agent))
    }
  }

  /** A sender tries again until it is told that everything is accepted. */
  private async deliver(id: string, agents: readonly string[]): Promise<void> {
    const { engine, random } = this.sim
    const open = new Set(agents)
    for (let tries = 0; open.size > 0 && tries < mostRedeliveries; tries++) {
      for (const agent of [...open]) {
        const input = JSON.stringify({ event: 'issues', body: random.chance(0.3) ? 'x'.repeat(1500) : 'x' })
        const answer = await this.sim.host().request(`${id} for ${agent}`, (plane) =>
          plane.trigger({
            agent,
            trigger: { kind: 'webhook', source: 'github', event: 'issues', delivery: id },
            input,
            dedupe: { key: `webhook|github|${id}|${agent}`, seconds: 7 * 24 * 3600 },
            whenBusy: 'queue',
          }),
        )
        if (answer.kind !== 'answer' || answer.value.kind === 'refused') continue
        this.acceptedRun(answer.value)
        open.delete(agent)
      }
      if (open.size > 0) await engine.sleep(random.between(1000, 3 * minute))
    }
  }

  private acceptedRun(answer: Triggered): void {
    const { kind } = answer
    if (kind === 'started' || kind === 'queued' || kind === 'budget_exceeded')
      this.sim.ledger.queue.accepted(answer.run)
  }

  private minute(at: number): void {
    const { engine, random, scenario } = this.sim
    if (this.ended) return
    for (const [agent, { schedule }] of this.sim.rollout.newest.agents) {
      if (schedule === undefined) continue
      const times = random.chance(scenario.faults.repeatedEvent) ? 2 : 1
      for (let time = 0; time < times; time++) {
        if (random.chance(scenario.faults.lostAnswer)) continue
        const late = random.chance(scenario.faults.stall * 10)
          ? random.between(minute, 10 * minute)
          : random.between(0, 2000)
        engine.after(late, () => void this.sim.host().request(`tick ${agent}`, (plane) => plane.tick(agent, at)))
      }
    }
    engine.after(minute, () => this.minute(at + minute))
  }

  private sweeping(): void {
    const { engine, random, scenario } = this.sim
    for (let times = random.chance(scenario.faults.repeatedEvent) ? 2 : 1; times > 0; times--) void this.sweep()
    engine.after(minute, () => this.sweeping())
  }

  private async sweep(): Promise<void> {
    const { engine, ledger } = this.sim
    await this.sim.host().request('sweep', async (plane, request) => {
      const began = engine.now
      const before = new Map(ledger.runs)
      await plane.sweep()
      if (request.errors === 0) ledger.swept(began, before)
    })
  }

  private async operate(): Promise<void> {
    const { engine, random, scenario, ledger } = this.sim
    const agents = this.sim.rollout.agents()
    while (!this.ended) {
      await engine.sleep(random.between(1000, 2 * minute))
      if (this.ended || !random.chance(scenario.faults.operator)) continue
      const agent = random.pick(agents)
      const host = this.sim.host()
      const runs = [...ledger.runs.values()]
      switch (random.between(1, 8)) {
        case 1:
          await host.request(`pause ${agent}`, (plane) => plane.pauseAgent(agent))
          break
        case 2:
        case 3:
          await host.request(`resume ${agent}`, (plane) => plane.resumeAgent(agent))
          break
        case 4:
          await host.request('pause the project', (plane) => plane.pauseProject())
          break
        case 5:
          await host.request('resume the project', (plane) => plane.resumeProject())
          break
        case 6:
          if (runs.length > 0) {
            const run = random.pick(runs)
            await host.request(`kill ${run.agent}-${run.suffix}`, (plane) => plane.kill(run))
          }
          break
        case 7:
          await host.request(`kill all of ${agent}`, (plane) => plane.killAgent(agent))
          break
        default:
          if (runs.length > 0) await host.request('retry', (plane) => plane.retry(random.pick(runs)))
      }
    }
  }

  /** Asks until somebody has done it. */
  private async insist(what: string, command: Parameters<ReturnType<Simulation['host']>['request']>[1]): Promise<void> {
    for (;;) {
      const answer = await this.sim.host().request(what, command)
      if (answer.kind === 'answer') return
      await this.sim.engine.sleep(1000)
    }
  }
}
