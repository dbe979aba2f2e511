import type { LaunchAnswer, LaunchOrder, StopTarget } from '../../core/scheduler/launcher.ts'
import { Container } from './container.ts'
import type { Simulation } from './simulation.ts'

/** Platforms that report the end of a container, and stop one when they are told to. */
const reports = ['fargate', 'docker']

/** Where containers run: slow to start them, now and then not at all, now and then twice. */
export class Platform {
  private readonly containers: Container[] = []
  private readonly sim: Simulation

  constructor(sim: Simulation) {
    this.sim = sim
  }

  launch(order: LaunchOrder): LaunchAnswer {
    const { random, scenario } = this.sim
    const bad = scenario.faults.badLaunch
    if (random.chance(bad)) {
      const what = random.between(1, 6)
      if (what === 1) return { kind: 'refused', why: 'throttled' }
      if (what === 2 && random.chance(0.3)) return { kind: 'failed', why: 'no such function' }
      if (what === 3) return { kind: 'started' }
      if (what === 4) this.start(order, random.between(60_000, 900_000))
      if (what === 5) for (const _ of [1, 2]) this.start(order, random.between(100, 20_000))
      if (what === 6) {
        if (random.chance(0.5)) this.start(order, random.between(100, 20_000))
        throw new Error('the platform did not answer')
      }
      return { kind: 'started' }
    }
    this.start(order, random.between(50, 5000))
    return { kind: 'started' }
  }

  stop({ suffix, attempt, container, compute }: StopTarget): void {
    const { random, scenario } = this.sim
    if (!reports.includes(compute)) return
    if (random.chance(scenario.faults.lostAnswer)) throw new Error('the platform did not answer')
    for (const one of this.containers) {
      const meant =
        container === undefined ? one.order.suffix === suffix && one.order.attempt <= attempt : one.name === container
      if (meant) one.stopped()
    }
  }

  private start(order: LaunchOrder, ms: number): void {
    const { sim } = this
    const name = `container-${sim.nextId()}`
    const container = new Container(sim, name, order, (code) => this.ended(container, code))
    this.containers.push(container)
    sim.engine.after(ms, () => void container.run())
  }

  /** The platform tells of an end: soon, or late, or twice, or never. */
  private ended({ order, name }: Container, code: number): void {
    const { random, scenario, engine } = this.sim
    if (!reports.includes(order.agent.compute) || random.chance(0.2)) return
    for (let times = random.chance(scenario.faults.repeatedEvent) ? 2 : 1; times > 0; times--) {
      const end = { agent: order.agent.name, suffix: order.suffix, attempt: order.attempt, container: name, code }
      engine.after(random.between(100, 60_000), () => {
        void this.sim.host().request(`the end of ${name}`, (plane) => plane.containerEnded(end))
      })
    }
  }
}
