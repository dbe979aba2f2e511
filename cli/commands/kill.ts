import { formatCount } from '../../core/format.ts'
import { parseRunId } from '../../core/scheduler/run.ts'
import { exitCodes, UserError } from '../errors.ts'
import type { GatewayClient } from '../gateway/gateway-client.ts'
import { refusedAs } from '../gateway/gateway-errors.ts'
import { connect, type HostOptions } from '../gateway/project-host.ts'
import { typedFor } from '../gateway/typed-command.ts'
import type { Ui } from '../ui/ui.ts'
import { unknownAgent } from './unknown-agent.ts'

/** Stops one run, even one that still waits, or all runs of an agent that are under way. */
export async function kill(target: string, options: HostOptions, ui: Ui): Promise<void> {
  const host = await connect(options)
  const typed = typedFor(options)
  if (parseRunId(target) === undefined) await killAgent(host, target, typed, ui)
  else await killRun(host, target, typed, ui)
}

type Typed = ReturnType<typeof typedFor>

async function killRun(host: GatewayClient, id: string, typed: Typed, ui: Ui): Promise<void> {
  const { message } = await refusedAs(404, host.killRun(id), async () => {
    const run = await refusedAs(404, host.run(id), () => undefined)
    const what =
      run === undefined
        ? `there is no run ${JSON.stringify(id)}; ${typed('stat')} shows what runs`
        : `run ${id} is over (${run.outcome})`
    throw new UserError(what, exitCodes.failure)
  })
  ui.emit({ kind: 'data', data: { killed: 1, run: id, message } })
  const over = message.startsWith('killed')
  ui.emit({ kind: 'text', text: over ? `run ${id} is killed` : `run ${id} is told to stop, and ends within seconds` })
}

async function killAgent(host: GatewayClient, agent: string, typed: Typed, ui: Ui): Promise<void> {
  const { killed } = await refusedAs(404, host.killAgent(agent), async () => {
    throw unknownAgent(
      agent,
      (await host.status()).agents.map(({ name }) => name),
    )
  })
  ui.emit({ kind: 'data', data: { killed, agent } })
  const what = killed === 0 ? 'nothing runs' : `${formatCount(killed, 'run')} told to stop`
  ui.emit({ kind: 'text', text: `${what} of agent "${agent}"` })
  const view = (await host.status()).agents.find(({ name }) => name === agent)
  if (view?.enabled && (view.queuedWebhooks > 0 || view.schedule !== null)) {
    ui.emit({
      kind: 'note',
      text: `it starts again when something triggers it; ${typed(`pause ${agent}`)} keeps it from that`,
    })
  }
}
