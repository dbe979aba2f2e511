import { mkdir } from 'node:fs/promises'
import type { Finish } from '../../core/scheduler/finish.ts'
import type { Usage } from '../../core/scheduler/run.ts'
import type { StartMessage } from '../../core/scheduler/start-message.ts'
import { endingOf, errorFields, killedCode } from './ending.ts'
import { askUntil, type Claim, type GatewayClient, gatewayClient, type Reply } from './gateway-client.ts'
import { type Interrupter, runTimer } from './interruption.ts'
import { lifeline } from './lifeline.ts'
import { type Output, output, type Sink } from './log.ts'
import type { Parts } from './parts.ts'
import type { Environment, Places } from './places.ts'
import { redactor } from './redact.ts'
import { freshSignals } from './signals.ts'
import { killStrays } from './strays.ts'
import { runTrace } from './telemetry.ts'
import { work } from './work.ts'

export interface RunOptions {
  readonly start: StartMessage
  readonly env: Environment
  readonly places: Places
  readonly sink: Sink
  readonly interrupter: Interrupter
  /** What the platform calls this container. */
  readonly container: (env: Environment) => Promise<string | undefined>
  /** The moment of `performance.now()` at which the platform ends this process, where it does. */
  readonly killedAt?: number
  readonly parts: () => Promise<Parts>
}

export interface RunEnd {
  readonly code: number
  /** False when something of the run may still be at work in this process. */
  readonly clean: boolean
}

/** Milliseconds for which a claim is tried. */
const claimPatience = 60_000
/** Milliseconds at the end of what the platform and the record allow that are kept for saying how the run ended. */
const reserve = 30_000
/** Milliseconds for the reason of a stop that came as a signal; and for a last word where none may be wanted. */
const shortPatience = 1000

/** One run, from its claim to its end in the record. Never rejects for what happens in it. */
export async function oneRun(options: RunOptions): Promise<RunEnd> {
  const { start, env, places, interrupter } = options
  const redact = redactor()
  const out = output(options.sink, redact)
  const client = gatewayClient(start)
  redact.hide(start.ticket, client.session, client.session.slice(start.run.length + 1))
  try {
    // Loading takes as long as the claim does.
    const parts = options.parts()
    // Awaited later: until then a rejection would count as unhandled.
    parts.catch(() => undefined)
    await prepare(places)
    const container = await options.container(env).catch((error: unknown) => {
      out.log('warn', 'the platform did not say what this container is called', errorFields(error))
      return undefined
    })
    const until = Math.min(performance.now() + claimPatience, options.killedAt ?? Number.POSITIVE_INFINITY)
    const { reply, sentAt } = await askUntil(
      until,
      () => client.claim(container, interrupter.signal),
      interrupter.signal,
    )
    if (reply.kind !== 'ok') return { code: await notClaimed(reply, client, interrupter, out), clean: true }
    return await claimedRun({ ...options, client, out, redact, parts, claim: reply.answer, sentAt })
  } catch (error) {
    out.log('error', 'container entry error', errorFields(error))
    return { code: 1, clean: false }
  } finally {
    await out.flushed()
  }
}

/** Everything a run writes lies in one directory, which is where it works. */
export async function prepare(places: Places): Promise<void> {
  await mkdir(places.work, { recursive: true, mode: 0o700 })
  process.chdir(places.work)
  await freshSignals(places.signals)
}

/**
 * The claim may have been granted without an answer, so the record is told once that nothing comes of it. A gateway that
 * has not granted it does not know the session.
 */
async function notClaimed(
  { kind, why }: Exclude<Reply<Claim>, { kind: 'ok' }>,
  client: GatewayClient,
  { by }: Interrupter,
  { log }: Output,
): Promise<number> {
  if (kind === 'over') {
    log('info', 'nothing to do', { reason: why })
    return 0
  }
  const stopped = by()?.kind === 'stopped'
  const finish: Finish = stopped
    ? { outcome: 'killed', code: killedCode, reason: 'told to stop' }
    : { outcome: 'error', code: 1, reason: `the run could not be claimed: ${why}` }
  log(stopped ? 'info' : 'error', stopped ? 'told to stop' : 'the run could not be claimed', { reason: why })
  await client.finish(finish, AbortSignal.timeout(shortPatience))
  return finish.code ?? 1
}

interface ClaimedRun extends Omit<RunOptions, 'parts'> {
  readonly client: GatewayClient
  readonly out: Output
  readonly redact: ReturnType<typeof redactor>
  readonly parts: Promise<Parts>
  readonly claim: Claim
  readonly sentAt: number
}

async function claimedRun(run: ClaimedRun): Promise<RunEnd> {
  const { claim, client, interrupter, out, sentAt, killedAt = Number.POSITIVE_INFINITY } = run
  const { config } = claim
  const trace = runTrace(claim, run.start.attempt, sentAt, out.log)
  let used: Usage | undefined
  const line = lifeline({
    client,
    claimedAt: sentAt,
    leaseMs: claim.leaseMs,
    usage: () => used,
    interrupter,
    log: out.log,
  })
  const endsAt = Math.min(sentAt + claim.remainingMs, killedAt)
  const ownMs = Math.min(config.timeoutSeconds * 1000, endsAt - reserve - performance.now())
  const seconds = Math.max(0, Math.round(ownMs / 1000))
  const cancelTimer = runTimer(ownMs, seconds, interrupter)
  const whyStopped = reasonOfStop(client, interrupter)
  try {
    const { worked, clean } = await work({
      config,
      prompt: ({ userPrompt }) => userPrompt(claim, seconds, run.places),
      gateway: { url: run.start.gateway, session: client.session },
      env: run.env,
      places: run.places,
      out,
      redact: run.redact,
      interrupter,
      parts: run.parts,
      trace,
      onUsage: (total) => {
        used = total
      },
      askForTurn: line.askForTurn,
    })
    cancelTimer()
    const by = interrupter.by()
    // Before the record says that the run is over: whatever still runs must not overlap with the next one.
    const strays = await killStrays('SHUTDOWN_SECRET', client.session)
    if (strays > 0) out.log('warn', 'processes that were left behind have been ended', { count: strays })
    const reason = by?.kind === 'stopped' ? (by.reason ?? (await whyStopped())) : undefined
    line.close()
    const ending = endingOf(worked, by?.kind === 'stopped' ? { kind: 'stopped', reason } : by, out.log)
    trace.end(ending.finish)
    if (ending.finish !== undefined) {
      const until = Math.min(line.fenceAt(), endsAt)
      const { reason: why } = ending.finish
      await say({ ...ending.finish, ...(why !== undefined && { reason: run.redact.text(why) }) }, until, client, out)
    }
    return { code: ending.code, clean: clean && by?.kind !== 'crashed' }
  } finally {
    cancelTimer()
    line.close()
    // After the run's end is recorded, so that nobody waits for it but this container.
    await trace.flush()
  }
}

/** A container that is stopped by a signal may learn from the record who wanted that. It is asked as soon as the signal is there. */
function reasonOfStop(client: GatewayClient, { signal, by }: Interrupter): () => Promise<string> {
  const unknown = 'the container was told to stop'
  let asked: Promise<string> = Promise.resolve(unknown)
  const ask = () => {
    const stop = by()
    if (stop?.kind !== 'stopped' || stop.reason !== undefined) return
    asked = client
      .poll(AbortSignal.timeout(shortPatience))
      .then((reply) => (reply.kind === 'ok' ? reply.answer.stop : undefined) ?? unknown)
  }
  if (signal.aborted) ask()
  else signal.addEventListener('abort', ask, { once: true })
  return () => asked
}

/** Says how the run ended, until it is heard or nobody may speak for the run any more. */
async function say(finish: Finish, until: number, client: GatewayClient, { log }: Output): Promise<void> {
  const { reply } = await askUntil(until, () => client.finish(finish))
  if (reply.kind === 'ok') return
  log(reply.kind === 'over' ? 'warn' : 'error', 'the end of the run was not recorded', { reason: reply.why })
  if (reply.kind !== 'refused') return
  const { outcome, code } = finish
  const plain = { outcome: outcome === 'killed' ? outcome : 'error', code: code === 0 ? 1 : code } as const
  const second = await client.finish({ ...plain, reason: `its result was refused: ${reply.why}` })
  if (second.kind !== 'ok') log('error', 'the end of the run was not recorded', { reason: second.why })
}
