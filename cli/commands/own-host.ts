import { formatCount } from '../../core/format.ts'
import { type GatewayClient, gatewayClient } from '../gateway/gateway-client.ts'
import { wrongKey } from '../gateway/project-host.ts'
import type { HostEvent } from '../local/host-event.ts'
import type { OpenHost } from '../local/open-host.ts'
import { plainText } from '../ui/plain-text.ts'
import type { Ui } from '../ui/ui.ts'
import { readProject } from './read-project.ts'
import type { RunOptions } from './run.ts'
import { unknownAgent } from './unknown-agent.ts'

/** Signals that end this process: none may leave a run behind that nobody watches. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A host of this process, for one run. */
export interface OwnHost {
  readonly client: GatewayClient
  /**
   * `drain` waits for other runs that have started meanwhile, such as calls of the run; `now` kills them. Ctrl-C turns
   * `drain` into `now`.
   */
  close(how: 'drain' | 'now'): Promise<void>
}

/**
 * Opens a host in this process: no schedules, a port that is free. Resolves when agents can start. Throws what keeps it
 * from starting: a project with problems, an unknown agent, missing credentials, no Docker.
 */
export async function openOwnHost({ project, env, runtime }: RunOptions, agent: string, ui: Ui): Promise<OwnHost> {
  const names = readProject({ project, env }).agents.map(({ name }) => name)
  if (!names.includes(agent)) throw unknownAgent(agent, names)
  const { openLocalHost } = await import('../local/open-host.ts')
  ui.emit({ kind: 'note', text: `no host runs for this project: running ${agent} in this process` })
  const host = await openLocalHost({
    directory: project,
    environment: env ?? (process.env.AL_ENV || undefined),
    runtime,
    port: 0,
    schedules: false,
    onEvent: (event) => showProgress(event, ui),
  })
  await untilInterrupted(host, () => host.ready).catch(async (error: unknown) => {
    await host.stop('now')
    throw error
  })
  const { url, key, keyFile } = host
  return {
    client: gatewayClient({
      url,
      key,
      whenKeyIsWrong: wrongKey(url, keyFile),
      whenDown: 'the host in this process has stopped',
    }),
    close: (how) => untilInterrupted(host, () => host.stop(how)),
  }
}

/** Until the work is done, Ctrl-C makes the host stop what runs, and leave. */
async function untilInterrupted(host: OpenHost, work: () => Promise<void>): Promise<void> {
  const interrupt = () => void host.stop('now')
  for (const signal of endingSignals) process.on(signal, interrupt)
  try {
    await work()
  } finally {
    for (const signal of endingSignals) process.off(signal, interrupt)
  }
}

/** Shows what takes long before and after the run. What the run itself does is in its log. */
function showProgress(event: HostEvent, ui: Ui): void {
  if (event.kind === 'image' && event.state !== 'waiting') {
    const detail = event.detail === undefined ? '' : `: ${plainText(event.detail)}`
    const kind = event.state === 'failed' ? 'warning' : 'note'
    ui.emit({ kind, text: `image ${event.key} ${event.state}${detail}` })
  }
  if (event.kind === 'host' && event.level !== 'info') ui.emit({ kind: 'warning', text: event.text })
  if (event.kind === 'stopping' && event.waiting > 0) {
    const others = formatCount(event.waiting, 'other run')
    ui.emit({ kind: 'note', text: `waiting for ${others} to end; Ctrl-C kills what is left` })
  }
}
