import type { AgentRule } from '../plan/decisions.ts'
import type { Project } from './project.ts'
import { type Run, runId } from './run.ts'
import type { World } from './world.ts'

/**
 * A circuit breaker: a provider has refused for good, so that every run would fail the same way. It stands in the project's
 * item. Absent: closed.
 *
 *   closed ── a run is refused ──▶ open ── its time is over ──▶ half open ── one start, the probe ──▶ probing
 *     ▲                             ▲ longer each time                ▲                                 │
 *     │                             └───────────── refused again ─────│─────────────────────────────────┤
 *     │                                            no evidence ───────┘                                 │
 *     └─────────────────────────────────── the model answered ──────────────────────────────────────────┘
 */
export interface Breaker {
  /** `quota`: the model's account has nothing left. `auth`: the provider does not take the key. */
  readonly why: Refusal
  /** Refusals in a row, of the first run and of the probes after it. */
  readonly failures: number
  /** Epoch milliseconds until which nothing starts. */
  readonly until: number
  /** The agent that was refused last. */
  readonly by: string
  /** The id of the one run that was let through. */
  readonly probe?: string
}

export type Refusal = 'quota' | 'auth'

/** By what is refused: `provider/model`, or the credential. */
export type Breakers = Readonly<Record<string, Breaker>>

/** Milliseconds for which it stays open: after the first refusal, the second, and all later ones. */
const coolDowns = [5 * 60_000, 15 * 60_000, 60 * 60_000] as const

/**
 * Milliseconds for which the agent that was refused lets others go first. Otherwise an agent that an attacker controls,
 * and that only claims to be refused, could send every probe and hold up all others for good.
 */
const othersFirst = 60_000

/**
 * Agents that reported a refusal while another agent got an answer, with the time (epoch milliseconds) until which their
 * reports stop only themselves.
 */
export type Doubts = Readonly<Record<string, number>>

const doubted = 24 * 3600_000

/**
 * A quota belongs to a model, a key to all agents that use it. An agent without a key is identified by its own identity
 * in the cloud.
 */
const keyOf = ({ name, model, modelKey }: AgentRule, why: Refusal): string =>
  why === 'quota' ? model : (modelKey ?? `the identity of ${name}`)

/** The breaker that the reports of a doubted agent set: it stops only that agent. */
const ownKey = (key: string, agent: string): string => `${key} for ${agent}`

function keysOf(rule: AgentRule): readonly string[] {
  const shared = [keyOf(rule, 'quota'), keyOf(rule, 'auth')]
  return [...shared, ...shared.map((key) => ownKey(key, rule.name))]
}

/** Whether a breaker keeps an agent from starting. */
export function isBlocked(world: World, rule: AgentRule, { breakers = {} }: Project): boolean {
  return keysOf(rule).some((key) => {
    const breaker = breakers[key]
    if (breaker === undefined) return false
    const wait = breaker.by === rule.name && isShared(world, rule, key) ? othersFirst : 0
    return breaker.probe !== undefined || world.clock.now() < breaker.until + wait
  })
}

const isShared = ({ rules }: World, { name }: AgentRule, key: string): boolean =>
  [...rules.agents.values()].some((other) => other.name !== name && other.scale > 0 && keysOf(other).includes(key))

/** The breakers once this run has started: it is the probe of those that are half open. Nothing if none is. */
export function probing(rule: AgentRule, run: string, { breakers = {} }: Project): Breakers | undefined {
  const halfOpen = keysOf(rule).filter((key) => breakers[key] !== undefined)
  if (halfOpen.length === 0) return undefined
  const probed = halfOpen.map((key) => [key, { ...breakers[key], probe: run }])
  return { ...breakers, ...Object.fromEntries(probed) }
}

/** What a run reports about its model. */
export interface Evidence {
  readonly refused?: Refusal | undefined
  /** The model has answered at least once, or the run did its work. */
  readonly answered: boolean
}

/**
 * The breakers after what this run has reported, with a heartbeat or at its end, and which agents to doubt; nothing if
 * all stays as it is. When several runs are refused at the same time the first one opens the breaker; only a refused
 * probe keeps it open for longer.
 */
export function afterEvidence(
  world: World,
  run: Pick<Run, 'agent' | 'suffix'>,
  { breakers = {}, doubts = {} }: Project,
  { refused, answered }: Evidence,
): Required<Pick<Project, 'breakers' | 'doubts'>> | undefined {
  const rule = world.rules.agents.get(run.agent)
  const now = world.clock.now()
  const after = new Map(Object.entries(breakers))
  const doubtful = new Map(Object.entries(doubts).filter(([, until]) => now < until))
  const key = refused && rule && keyOf(rule, refused)
  const at = key && doubtful.has(run.agent) ? ownKey(key, run.agent) : key
  let changed = false
  for (const [key, { probe, ...breaker }] of Object.entries(breakers)) {
    if (probe !== runId(run)) continue
    changed = true
    if (key === at) after.set(key, opened(world, refused, run.agent, breaker.failures + 1))
    else if (answered && refused === undefined) {
      after.delete(key)
      if (breaker.by !== run.agent) doubtful.set(breaker.by, now + doubted)
    } else after.set(key, breaker)
  }
  if (at !== undefined && refused !== undefined && breakers[at] === undefined) {
    changed = true
    after.set(at, opened(world, refused, run.agent, 1))
  }
  return changed ? { breakers: Object.fromEntries(after), doubts: Object.fromEntries(doubtful) } : undefined
}

function opened({ clock }: World, why: Refusal | undefined, by: string, failures: number): Breaker {
  const coolDown = coolDowns[Math.min(failures, coolDowns.length) - 1] ?? coolDowns[0]
  return { why: why ?? 'quota', failures, until: clock.now() + coolDown, by }
}

/** Logs which breakers have opened or closed. */
export function logBreakers({ log }: World, before: Breakers = {}, after: Breakers): void {
  for (const [key, { why, failures, until }] of Object.entries(after)) {
    if (before[key]?.failures === failures) continue
    const fields = { what: key, why, failures, until: new Date(until).toISOString() }
    log('warn', 'the provider refuses: nothing starts on it for now; `al resume` tries again at once', fields)
  }
  for (const key of Object.keys(before)) {
    if (after[key] === undefined) log('info', 'the provider answers again', { what: key })
  }
}
