import { formatCount } from '../../core/format.ts'
import type { GatewayClient } from '../gateway/gateway-client.ts'
import { GatewayRefused, refusedAs } from '../gateway/gateway-errors.ts'
import type { Ui } from '../ui/ui.ts'

export interface DrainOptions {
  readonly agents: readonly string[]
  readonly gateway: Pick<GatewayClient, 'status' | 'pauseAgent' | 'resumeAgent' | 'killAgent'>
  /** Kills what runs instead of waiting for it. */
  readonly now: boolean
  readonly ui: Ui
  readonly pause: (ms: number) => Promise<void>
  readonly clock?: () => number
}

/** Milliseconds between two looks at what runs. */
const every = 3000
/** Milliseconds a run may be late: the control plane ends it a little after its deadline. */
const late = 60_000

/**
 * Pauses agents and waits until none of their runs is under way, at most until the last deadline of those. Returns the
 * agents that were paused by this; those that were paused before stay paused. When it fails or is interrupted, they start
 * again.
 */
export async function drainAgents(options: DrainOptions): Promise<string[]> {
  const paused: string[] = []
  try {
    await drainInto(paused, options)
    return paused
  } catch (error) {
    await resumeAgents(paused, options.gateway, options.ui)
    throw error
  }
}

async function drainInto(
  paused: string[],
  { agents, gateway, now, ui, pause, clock = Date.now }: DrainOptions,
): Promise<void> {
  const before = await gateway.status()
  for (const agent of agents) {
    const known = before.agents.find(({ name }) => name === agent)
    if (known === undefined || !known.enabled) continue
    await gateway.pauseAgent(agent)
    paused.push(agent)
  }
  const live = async () => (await gateway.status()).instances.filter(({ agentName }) => agents.includes(agentName))
  let runs = await live()
  if (runs.length === 0) return
  if (now) {
    ui.emit({ kind: 'note', text: `killing ${formatCount(runs.length, 'run')} of ${agents.join(', ')}` })
    for (const agent of agents) await refusedAs(404, gateway.killAgent(agent), () => undefined)
  } else {
    ui.emit({
      kind: 'note',
      text: `waiting for ${formatCount(runs.length, 'run')} of ${agents.join(', ')}; --now kills instead`,
    })
  }
  const last = Math.max(...runs.map(({ deadline }) => deadline ?? clock() + late)) + late
  while (runs.length > 0) {
    if (clock() > last) {
      ui.emit({ kind: 'warning', text: `${runs.map(({ id }) => id).join(', ')} did not end in time and will be lost` })
      break
    }
    await pause(every)
    runs = await live()
  }
}

/**
 * Resumes agents that were paused for a deploy, whether or not it succeeded: the next deploy would take them for paused
 * by somebody. Agents that were removed from the project are not resumed. A failure is reported, not thrown.
 */
export async function resumeAgents(
  agents: readonly string[],
  gateway: Pick<GatewayClient, 'resumeAgent'>,
  ui: Ui,
): Promise<void> {
  for (const agent of agents) {
    try {
      await gateway.resumeAgent(agent)
    } catch (error) {
      const next = `al resume ${agent} -c`
      if (error instanceof GatewayRefused) {
        ui.emit({ kind: 'note', text: `agent ${agent} stays paused, should it come back: ${next}` })
      } else {
        const why = error instanceof Error ? error.message : String(error)
        ui.emit({ kind: 'warning', text: `agent ${agent} is still paused (${why}): ${next}` })
      }
    }
  }
}
