import { text as readAll } from 'node:stream/consumers'
import { formatCount, formatDollars, formatDuration } from '../../core/format.ts'
import type { PublicRun } from '../../functions/gateway/public-run.ts'
import { exitCodes, UserError } from '../errors.ts'
import { followRun } from '../gateway/follow-run.ts'
import type { GatewayClient, Status } from '../gateway/gateway-client.ts'
import { GatewayRefused, GatewayUnreachable } from '../gateway/gateway-errors.ts'
import { findHost, type HostOptions } from '../gateway/project-host.ts'
import { typedFor } from '../gateway/typed-command.ts'
import { conversationFormat } from '../ui/log-format.ts'
import { plainText } from '../ui/plain-text.ts'
import type { Ui } from '../ui/ui.ts'
import { endingSignals, openOwnHost } from './own-host.ts'
import { exitCodeOf } from './run-exit-code.ts'
import { unknownAgent } from './unknown-agent.ts'

export interface RunOptions extends HostOptions {
  /** JSON, or `-` for JSON on standard input. */
  readonly input?: string
  readonly runtime?: 'docker' | 'process'
}

/** Somebody pressed Ctrl-C twice. */
class Left extends Error {}
const leftCode = 130

/**
 * Runs an agent once, shows what it does, and waits for its end; if it asks for reruns, for the end of the last one.
 * Through the host of the project if one runs, else in this process, for this run alone. Returns the exit code, which is
 * that of the first run.
 */
export async function run(agent: string, options: RunOptions, ui: Ui): Promise<number> {
  if (options.cloud === true && options.runtime !== undefined) {
    throw new UserError('--runtime is for runs on this machine: leave it or -c out', exitCodes.usage)
  }
  const input = await readInput(options.input)
  const typed = typedFor(options)
  const running = await findHost(options)
  if (running !== undefined) return await runOn(running, agent, input, typed, ui)
  const own = await openOwnHost(options, agent, ui)
  let code: number = leftCode
  try {
    code = await runOn(own.client, agent, input, typed, ui)
  } finally {
    // What it called, and what had waited in a queue, is not cut off.
    await own.close(code === leftCode ? 'now' : 'drain')
  }
  return code
}

type Typed = ReturnType<typeof typedFor>

async function runOn(host: GatewayClient, agent: string, input: unknown, typed: Typed, ui: Ui): Promise<number> {
  const first = await start(host, agent, input, typed)
  const interrupts = onInterrupts(host, ui, first)
  const format = conversationFormat()
  const chain: PublicRun[] = []
  try {
    for (let id: string | undefined = first; id !== undefined; id = chain.at(-1)?.next) {
      interrupts.current(id)
      const ended: PublicRun = await followRun(host, id, {
        onEntries: (entries) => ui.emit({ kind: 'lines', lines: entries.flatMap(format) }),
        onNoLogs: (why) => ui.emit({ kind: 'note', text: why }),
        signal: interrupts.left,
      })
      chain.push(ended)
      showEnd(ended, ui)
    }
  } catch (error) {
    if (error instanceof Left) return leftCode
    if (!(error instanceof GatewayUnreachable)) throw error
    throw new GatewayUnreachable(
      `the host went away while ${first} ran; what became of it ${typed(`logs ${first}`)} shows once the host is back`,
      error.exitCode,
    )
  } finally {
    interrupts.stop()
  }
  const [ended, ...reruns] = chain
  ui.emit({ kind: 'data', data: { ...ended, ...(reruns.length > 0 && { reruns }) } })
  return ended === undefined ? exitCodes.failure : exitCodeOf(ended)
}

async function start(host: GatewayClient, agent: string, input: unknown, typed: Typed): Promise<string> {
  try {
    return await host.trigger(agent, input)
  } catch (error) {
    if (!(error instanceof GatewayRefused) || error.status === 413) throw error
    const { agents, instances, scheduler } = await host.status()
    const known = agents.find(({ name }) => name === agent)
    if (known === undefined)
      throw unknownAgent(
        agent,
        agents.map(({ name }) => name),
      )
    if (error.status === 409) throw new UserError(obstacle(known, scheduler, error.message, typed), exitCodes.failure)
    if (error.status !== 404) throw error
    const ids = instances.flatMap(({ id, agentName }) => (agentName === agent ? [id] : []))
    const busy = `agent "${agent}" is busy: ${formatCount(ids.length, 'run')} of ${known.scale} at a time (${ids.join(', ')})`
    throw new UserError(
      ids.length === 0 ? error.message : `${busy}; wait, or ${typed(`kill ${agent}`)}, or raise its scale`,
      exitCodes.failure,
    )
  }
}

/** What keeps an agent from being started, with the command that clears it away. */
function obstacle(
  { name, scale, enabled }: Status['agents'][number],
  { paused }: Status['scheduler'],
  said: string,
  typed: Typed,
): string {
  if (paused) return `the project is paused: ${typed('resume')} lets its agents start again`
  if (scale > 0 && !enabled) return `agent "${name}" is paused: ${typed(`resume ${name}`)} lets it start again`
  if (!said.includes('refuses all requests')) return said
  return `agent "${name}" is not started: its model's provider refuses all requests; ${typed('resume')} tries again at once, ${typed('stat')} says why`
}

/** The first Ctrl-C asks for the end of the run and waits for it; the second one leaves. */
function onInterrupts(host: GatewayClient, ui: Ui, first: string) {
  const leaving = new AbortController()
  let id = first
  let asked = false
  const interrupt = () => {
    if (asked) {
      ui.emit({ kind: 'note', text: `left; run ${id} is stopping without being watched` })
      return leaving.abort(new Left('left'))
    }
    asked = true
    ui.emit({ kind: 'note', text: `stopping ${id}; press Ctrl-C again to leave without waiting` })
    host.killRun(id).catch((error: unknown) => {
      // It may be over by now: then its end is what is seen next.
      if (error instanceof GatewayRefused && error.status === 404) return
      ui.emit({ kind: 'error', text: `the run was not stopped: ${error instanceof Error ? error.message : error}` })
    })
  }
  for (const signal of endingSignals) process.on(signal, interrupt)
  return {
    left: leaving.signal,
    current: (next: string) => {
      id = next
    },
    stop() {
      for (const signal of endingSignals) process.off(signal, interrupt)
    },
  }
}

const endings: Readonly<Record<string, string>> = {
  completed: 'completed',
  rerun: 'completed, and asks for a rerun',
  error: 'failed',
  killed: 'killed',
  timeout: 'timed out',
  lost: 'lost: its container stopped answering',
  expired: 'expired: it waited too long',
  refused: 'refused: its agent is no longer part of the project',
  budget_exceeded: 'ended by a limit',
}

function showEnd({ id, outcome = '', code, reason, startedAt, endedAt, usage, next }: PublicRun, ui: Ui): void {
  const took = startedAt === undefined || endedAt === undefined ? [] : [`in ${formatDuration(endedAt - startedAt)}`]
  const { totalTokens, cost } = usage ?? {}
  const tokens = totalTokens === undefined ? [] : [`${totalTokens.toLocaleString('en-US')} tokens`]
  const money = cost === undefined ? [] : [formatDollars(cost)]
  const exit = code === undefined || outcome !== 'error' ? '' : ` with exit code ${code}`
  const why = reason === undefined || reason === outcome ? '' : `: ${plainText(reason)}`
  const text = `${id} ${endings[outcome] ?? outcome}${exit} ${took.join('')}`.trimEnd() + why
  const rest = [...tokens, ...money].join(', ')
  const well = outcome === 'completed' || outcome === 'rerun'
  ui.emit({
    kind: 'lines',
    lines: [[{ text: `${well ? '✓' : '✗'} ${text}`, style: well ? 'green' : 'red' }, { text: rest && ` (${rest})` }]],
  })
  if (next !== undefined) ui.emit({ kind: 'lines', lines: [[{ text: `  it goes on as ${next}`, style: 'dim' }]] })
}

async function readInput(given: string | undefined): Promise<unknown> {
  if (given === undefined) return undefined
  const text = given === '-' ? await readAll(process.stdin) : given
  try {
    return JSON.parse(text)
  } catch {
    const where = given === '-' ? 'standard input' : '--input'
    throw new UserError(
      `${where} is not JSON; a text is JSON in double quotes: --input '"look at the login page"'`,
      exitCodes.usage,
    )
  }
}
