import type { GatewayClient } from '../gateway/gateway-client.ts'
import { refusedAs } from '../gateway/gateway-errors.ts'
import { connect, type HostOptions } from '../gateway/project-host.ts'
import { typedFor } from '../gateway/typed-command.ts'
import type { Ui } from '../ui/ui.ts'
import { unknownAgent } from './unknown-agent.ts'

/** Starts no more runs of an agent, or of the whole project. Runs under way go on. */
export async function pause(agent: string | undefined, options: HostOptions, ui: Ui): Promise<void> {
  const host = await connect(options)
  if (agent === undefined) await host.pause()
  else await ofAgent(host, agent, host.pauseAgent(agent))
  ui.emit({ kind: 'data', data: { paused: true, agent: agent ?? null } })
  const back = typedFor(options)(agent === undefined ? 'resume' : `resume ${agent}`)
  const what = agent === undefined ? 'the project is paused' : `agent "${agent}" is paused`
  ui.emit({ kind: 'text', text: `${what}: schedules are skipped, webhooks and calls wait; runs under way go on` })
  ui.emit({ kind: 'text', dim: true, text: `${back} starts what has waited` })
}

/** Undoes `pause`. */
export async function resume(agent: string | undefined, options: HostOptions, ui: Ui): Promise<void> {
  const host = await connect(options)
  if (agent === undefined) await host.resume()
  else await ofAgent(host, agent, host.resumeAgent(agent))
  ui.emit({ kind: 'data', data: { paused: false, agent: agent ?? null } })
  ui.emit({ kind: 'text', text: agent === undefined ? 'the project goes on' : `agent "${agent}" goes on` })
  const { scheduler, agents } = await host.status()
  const typed = typedFor(options)
  if (agent !== undefined && scheduler.paused) {
    ui.emit({ kind: 'warning', text: `the project as a whole is paused: nothing starts before ${typed('resume')}` })
  }
  const held = agent === undefined ? agents.filter(({ enabled, scale }) => !enabled && scale > 0) : []
  if (held.length > 0) {
    const names = held.map(({ name }) => name).join(', ')
    ui.emit({ kind: 'note', text: `still paused individually: ${names} (${typed('resume <agent>')})` })
  }
}

async function ofAgent(host: GatewayClient, agent: string, asked: Promise<unknown>): Promise<void> {
  await refusedAs(404, asked, async () => {
    throw unknownAgent(
      agent,
      (await host.status()).agents.map(({ name }) => name),
    )
  })
}
