import type { AgentRule, DayLimits } from '../../core/plan/decisions.ts'
import type { Rules } from '../../core/scheduler/world.ts'
import type { Random } from './random.ts'

/** What may go wrong, as probabilities. Each can be taken away to find the shortest trace of a failure. */
export interface Faults {
  /** A host dies at any moment, and comes back. */
  readonly hostDeath: number
  /** An answer of the store does not arrive: as an error, or as a conflict that was none. */
  readonly lostAnswer: number
  readonly stall: number
  /** A launch that starts nothing, two containers, or one much later. */
  readonly badLaunch: number
  readonly containerDeath: number
  /** A container that goes on after it was given up. */
  readonly zombie: number
  readonly repeatedEvent: number
  readonly operator: number
  /** The project is deployed with other limits and agents, while everything goes on. */
  readonly deploy: number
}

export interface Scenario {
  readonly rules: Rules
  /** Epoch milliseconds at which the history begins. */
  readonly start: number
  /** A deployment changes them, so many milliseconds after the beginning. */
  readonly deploy?: { readonly at: number; readonly rules: Rules }
  readonly hosts: number
  /** Milliseconds by which clocks are ahead of or behind the true time, at most. */
  readonly skew: number
  /** Milliseconds during which events come in. */
  readonly duration: number
  readonly deliveries: number
  readonly lockKeys: readonly string[]
  readonly faults: Faults
}

export const allFaults: Faults = {
  hostDeath: 1,
  lostAnswer: 1,
  stall: 1,
  badLaunch: 1,
  containerDeath: 1,
  zombie: 1,
  repeatedEvent: 1,
  operator: 1,
  deploy: 1,
}

/** In the middle of a day, and a little before its end. */
const starts = [Date.UTC(2026, 10, 21, 10), Date.UTC(2026, 10, 21, 10), Date.UTC(2026, 10, 21, 23, 54)] as const

/** A random project, and how rough the world is that it runs in. `size` from 0 to 1 makes everything smaller. */
export function randomScenario(random: Random, size = 1, allowed: Faults = allFaults): Scenario {
  const agents = Array.from({ length: random.between(1, size < 0.5 ? 2 : 4) }, (_, i) => randomAgent(random, i))
  // Some worlds are rough, some are calm: bugs hide in either.
  const rough = random.pick([0.3, 1, 1, 2])
  const fault = (name: keyof Faults, probability: number) => allowed[name] * probability * rough
  const scenario: Scenario = {
    rules: {
      limits: {
        workQueueSize: random.between(2, 6),
        maxReruns: random.between(0, 3),
        maxCallDepth: random.between(1, 3),
        lockTimeoutSeconds: random.pick([20, 60, 1800]),
        ...(random.chance(0.4) && { scale: random.between(1, 3) }),
        ...(random.chance(0.4) && randomLimits(random, 3)),
      },
      agents: new Map(agents.map((agent) => [agent.name, agent])),
    },
    start: random.pick(starts),
    hosts: random.between(1, 3),
    skew: random.pick([0, 1000, 5000]),
    duration: Math.round(random.between(4, 16) * 60_000 * size),
    deliveries: Math.round(random.between(4, 24) * size) + 1,
    lockKeys: ['issue 1', 'issue 2', 'deploy'].slice(0, random.between(1, 3)),
    faults: {
      hostDeath: fault('hostDeath', 0.002),
      lostAnswer: fault('lostAnswer', 0.03),
      stall: fault('stall', 0.01),
      badLaunch: fault('badLaunch', 0.15),
      containerDeath: fault('containerDeath', 0.1),
      zombie: fault('zombie', 0.08),
      repeatedEvent: fault('repeatedEvent', 0.2),
      operator: fault('operator', 0.5),
      deploy: allowed.deploy * 0.5,
    },
  }
  return random.chance(scenario.faults.deploy) ? withDeploy(random, scenario) : scenario
}

/** Scales go up and down, the project's too; an agent goes, or is new. */
function withDeploy(random: Random, scenario: Scenario): Scenario {
  const { limits, agents } = scenario.rules
  const { scale, ...others } = limits
  const changed = new Map(
    [...agents].map(([name, agent]) => [name, { ...agent, scale: random.chance(0.5) ? 1 : random.between(0, 3) }]),
  )
  const wanted = random.chance(0.5) ? scale : random.chance(0.3) ? undefined : random.between(1, 3)
  const after: Rules = { limits: { ...others, ...(wanted !== undefined && { scale: wanted }) }, agents: changed }
  const all = [...agents.keys()]
  const one = random.pick(all)
  const isNew = random.chance(0.4)
  const before = new Map(agents)
  if (all.length > 1 && isNew) before.delete(one)
  else if (all.length > 1 && random.chance(0.4)) changed.delete(one)
  const at = random.between(0, scenario.duration / 2)
  return { ...scenario, rules: { limits, agents: before }, deploy: { at, rules: after } }
}

function randomAgent(random: Random, i: number): AgentRule {
  const timeoutSeconds = random.pick([60, 240, 840])
  return {
    name: ['dev', 'dev-ops', 'reviewer', 'z'][i] ?? `agent-${i}`,
    resource: `al-sim_default_${i}`,
    compute: random.pick(['lambda', 'fargate', 'docker', 'cloud-run-job']),
    scale: random.pick([1, 1, 2, 2, 3]),
    timeoutSeconds,
    limitSeconds: timeoutSeconds + 60,
    model: random.pick(['anthropic/a', 'openai/b']),
    ...(random.chance(0.5) && { modelKey: random.pick(['anthropic_key:default', 'openai_key:default']) }),
    triggers: [],
    ...(random.chance(0.6) && {
      schedule: {
        line: random.pick(['* * * * *', '*/3 * * * *']),
        timezone: 'UTC',
        ...(random.chance(0.4) && { misfire: 'once' }),
      },
    }),
    ...(random.chance(0.3) && { limits: randomLimits(random, 1) }),
  }
}

/** Some limits of a day, that many times those of one agent. Small ones: they have to be reached. */
function randomLimits(random: Random, agents: number): DayLimits {
  return {
    ...(random.chance(0.6) && { maxCostPerDay: (agents * random.between(20, 400)) / 100 }),
    ...(random.chance(0.6) && { maxRunsPerDay: agents * random.between(2, 12) }),
  }
}
