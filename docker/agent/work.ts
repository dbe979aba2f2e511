import { setTimeout as sleep } from 'node:timers/promises'
import type { Handout } from '../../core/plan/decisions.ts'
import type { Usage } from '../../core/scheduler/run.ts'
import type { Credential } from './credentials/credential.ts'
import { errorFields, messageOf, type Worked } from './ending.ts'
import { type ToolEnvironment, toolEnvironment } from './environment.ts'
import type { Interrupter } from './interruption.ts'
import type { Output } from './log.ts'
import { modelKey, withHeaders } from './model-access.ts'
import type { Parts } from './parts.ts'
import type { Environment, Places } from './places.ts'
import type { Redactor } from './redact.ts'
import { type TurnGate, turnGate } from './session/turn-gate.ts'
import { readSignals } from './signals.ts'
import { type RunTrace, untraced } from './telemetry.ts'

export interface Work {
  readonly config: Handout
  /** What the model is told first. */
  readonly prompt: (parts: Parts) => string
  readonly gateway?: ToolEnvironment['gateway']
  readonly env: Environment
  readonly places: Places
  readonly out: Output
  readonly redact: Redactor
  readonly interrupter: Interrupter
  readonly parts: Promise<Parts>
  readonly onUsage: (total: Usage) => void
  /** Whether the day has room for one more turn; absent where nobody counts days. */
  readonly askForTurn?: TurnGate
  readonly trace?: RunTrace
}

/** An agent's test script stands in for the model's session only where this variable is `1`, in its image for example. */
const scriptSwitch = 'AL_TEST_SCRIPT'

/** Milliseconds that whatever runs has for its end once it has been interrupted. */
const grace = 1500

/** The share of a run's time for which credentials that may not be read yet are waited for. */
const shareForRights = 1 / 2

/**
 * Does what an agent is there for: credentials, environment, preflight, session. Never rejects: whatever fails is an answer.
 * `clean` is false when something did not heed its interruption and may still be at work in this process.
 */
export async function work(task: Work): Promise<{ readonly worked: Worked; readonly clean: boolean }> {
  const { signal } = task.interrupter
  let usage: Usage | undefined
  const onUsage = (total: Usage) => {
    usage = total
    task.onUsage(total)
  }
  const steps = takeSteps({ ...task, onUsage }).catch((error: unknown): Worked => {
    if (signal.aborted) return { kind: 'interrupted' }
    task.out.log('error', 'container entry error', errorFields(error))
    return { kind: 'failed', why: task.redact.text(messageOf(error)) }
  })
  const worked = await Promise.race([steps, afterGrace(signal)])
  const withUsage = { ...(usage && { usage }), ...(worked ?? ({ kind: 'interrupted' } as const)) }
  if (withUsage.usage !== undefined) task.out.log('info', 'token-usage', { ...withUsage.usage })
  return { worked: withUsage, clean: worked !== undefined }
}

const afterGrace = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    const wait = () => void sleep(grace, undefined, { ref: false }).then(() => resolve(undefined))
    if (signal.aborted) wait()
    else signal.addEventListener('abort', wait, { once: true })
  })

async function takeSteps(task: Work): Promise<Worked> {
  const { config, env, places, redact, interrupter, trace = untraced } = task
  const { log } = task.out
  const { signal } = interrupter
  signal.throwIfAborted()
  const { provider, model } = config.model
  log('info', 'container starting', {
    agentName: config.name,
    modelId: `${provider}/${model}`,
    ...(task.gateway && { gatewayUrl: task.gateway.url }),
  })
  const parts = await task.parts
  const { secrets, secretStore } = config
  const from = { directory: places.credentials, env, secretStore }
  const longestWait = config.timeoutSeconds * 1000 * shareForRights
  const credentials = await trace.around({ name: 'credentials' }, () =>
    parts.loadCredentials({ secrets, ...from, longestWait, signal, log }),
  )
  trace.authorize(credentials)
  redact.hide(...credentials.map(({ value }) => value))
  signal.throwIfAborted()
  const environment = toolEnvironment({
    env,
    places,
    gateway: task.gateway,
    traceparent: trace.traceparent,
    credentials: await parts.agentEnvironment({ credentials, places, log }),
  })
  signal.throwIfAborted()
  await parts.runPreflight({ steps: config.preflight, environment, directory: places.work, log, signal, trace })
  signal.throwIfAborted()
  return await (config.testScript !== undefined && scripted(task)
    ? playScript(task, config.testScript, environment)
    : talk(task, parts, credentials, environment))
}

/** A file in an agent's directory must not be enough to leave its model out. */
function scripted({ env, out }: Work): boolean {
  const on = env[scriptSwitch] === '1'
  if (on) out.log('info', 'script mode: running test-script.sh instead of LLM')
  else out.log('warn', `test-script.sh is ignored: it runs instead of the model only where ${scriptSwitch}=1`)
  return on
}

async function playScript(task: Work, script: string, environment: Readonly<Record<string, string>>): Promise<Worked> {
  const { places, out, interrupter } = task
  const { signal } = interrupter
  const { runScript } = await import('./script-mode.ts')
  const status = await runScript({ script, directory: places.work, environment, line: out.line, signal })
  signal.throwIfAborted()
  return { kind: 'ended', status, outputLength: 0, signals: await readSignals(places.signals) }
}

async function talk(
  task: Work,
  parts: Parts,
  credentials: readonly Credential[],
  environment: Readonly<Record<string, string>>,
): Promise<Worked> {
  const { config, places, out, interrupter, onUsage } = task
  const apiKey = modelKey(config.model, credentials)
  const { limits } = config
  const ask: TurnGate = task.askForTurn ?? (async () => undefined)
  const end = await parts.runSession({
    model: withHeaders(config.model, credentials),
    ...(apiKey !== undefined && { apiKey }),
    systemPrompt: parts.systemPrompt(config, places),
    prompt: task.prompt(parts),
    directory: places.work,
    environment,
    log: out.log,
    signal: interrupter.signal,
    onUsage,
    ...(limits && { gate: turnGate({ limits, ask, log: out.log }), needsPrice: needsPrice(limits) }),
    trace: task.trace,
  })
  const { usage } = end
  if (end.kind === 'aborted') return { kind: 'interrupted', usage }
  if (end.kind === 'over budget') return { kind: 'over budget', why: end.why, usage }
  if (end.kind === 'failed') {
    const { why, modelRefused } = end
    return { kind: 'failed', usage, why: task.redact.text(why), ...(modelRefused && { modelRefused }) }
  }
  return { kind: 'ended', usage, outputLength: end.text.length, signals: await readSignals(places.signals) }
}

const needsPrice = ({ maxCostPerRun, asksForTurns }: NonNullable<Handout['limits']>): boolean =>
  maxCostPerRun !== undefined || asksForTurns === true
