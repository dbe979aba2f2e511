import { setTimeout as sleep } from 'node:timers/promises'
import { formatCount } from '../../core/format.ts'
import { exitCodes, UserError } from '../errors.ts'
import type { GatewayClient } from '../gateway/gateway-client.ts'
import { GatewayRefused, GatewayUnreachable } from '../gateway/gateway-errors.ts'
import { connect, type HostOptions } from '../gateway/project-host.ts'
import { typedFor } from '../gateway/typed-command.ts'
import type { Ui } from '../ui/ui.ts'

export interface StopOptions extends HostOptions {
  /** Does not wait for what runs. */
  readonly now?: boolean
}

/** Milliseconds the host may take: it gives runs 30 s, and those it kills a few more. */
const longest = 60_000

/**
 * Stops the host of a project and waits until it is gone. Runs get a while to end, unless it is to be now; what waits in
 * queues is there again after the next start.
 */
export async function stop(options: StopOptions, ui: Ui): Promise<void> {
  if (options.cloud === true) {
    const typed = typedFor(options)
    throw new UserError(
      `there is nothing to stop in the cloud: nothing runs there when nothing happens; ${typed('pause')} starts nothing more, ${typed('kill <agent>')} ends what runs`,
      exitCodes.usage,
    )
  }
  const host = await connect(options)
  const { running } = await host.status()
  await host.stop()
  if (options.now === true) await killAll(host)
  else if (running > 0) {
    const wait = `waiting for ${formatCount(running, 'run')} to end; after 30 s they are killed`
    ui.emit({ kind: 'note', text: `${wait} (\`al stop --now\` does not wait)` })
  }
  if (!(await gone(host))) {
    throw new UserError(`the host at ${host.url} was told to stop, and still answers after a minute`, exitCodes.failure)
  }
  ui.emit({ kind: 'data', data: { stopped: true, url: host.url } })
  ui.emit({ kind: 'text', text: 'stopped; queued runs start with the next `al start`' })
}

/** The host starts nothing more by now. That a run is over, or the host gone, is what was wanted. */
async function killAll(host: GatewayClient): Promise<void> {
  try {
    for (const { id } of (await host.status()).instances) {
      await host.killRun(id).catch((error: unknown) => {
        if (!(error instanceof GatewayRefused)) throw error
      })
    }
  } catch (error) {
    if (!(error instanceof GatewayUnreachable)) throw error
  }
}

async function gone(host: GatewayClient): Promise<boolean> {
  for (const end = Date.now() + longest; Date.now() < end; await sleep(200)) {
    try {
      await host.status()
    } catch (error) {
      if (error instanceof GatewayUnreachable) return true
      throw error
    }
  }
  return false
}
