import type { Rules } from '../../core/scheduler/world.ts'
import type { Simulation } from './simulation.ts'

/** Milliseconds within which all hosts change to a new deployment. */
const longestChange = 60_000
/** Milliseconds for which a request that has begun under the old rules may go on. */
const longestRequest = 5 * 60_000

/** The rules of the project, which a deployment changes in the middle of a history: on each host at another moment. */
export class Rollout {
  newest: Rules
  private schedulesEnded = false
  private replaced: { readonly rules: Rules; readonly until: number } | undefined
  private readonly sim: Simulation

  constructor(sim: Simulation) {
    this.sim = sim
    this.newest = sim.scenario.rules
  }

  begin(): void {
    const { engine, scenario } = this.sim
    if (scenario.deploy === undefined) return
    const { at, rules } = scenario.deploy
    engine.after(at, () => this.change(rules))
  }

  /** The rules that something may be decided by now: what any of them allows is allowed. */
  inForce(): readonly Rules[] {
    const { replaced } = this
    return replaced !== undefined && this.sim.engine.now < replaced.until
      ? [this.newest, replaced.rules]
      : [this.newest]
  }

  /** Agents that are or were part of the project. */
  agents(): readonly string[] {
    const { rules, deploy } = this.sim.scenario
    return [...new Set([...rules.agents.keys(), ...(deploy?.rules.agents.keys() ?? [])])]
  }

  /** Schedules end, with all other events: a minute that nobody tells of would be made up for by each sweep. */
  endSchedules(): void {
    this.schedulesEnded = true
    this.newest = this.ended(this.newest)
    for (const host of this.sim.hosts) host.rules = this.ended(host.rules)
  }

  private ended(rules: Rules): Rules {
    if (!this.schedulesEnded) return rules
    const agents = [...rules.agents].map(([name, { schedule: _, ...agent }]) => [name, agent] as const)
    return { ...rules, agents: new Map(agents) }
  }

  private change(after: Rules): void {
    const { sim } = this
    const rules = this.ended(after)
    const { engine, random } = sim
    sim.trace(() => `deploy: ${JSON.stringify({ ...rules, agents: [...rules.agents.values()] })}`)
    this.replaced = { rules: this.newest, until: engine.now + longestChange + longestRequest }
    this.newest = rules
    sim.ledger.rulesChanged()
    for (const host of sim.hosts) {
      engine.after(random.between(0, longestChange), () => {
        host.rules = rules
      })
    }
  }
}
