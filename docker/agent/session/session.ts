import { setTimeout } from 'node:timers/promises'
import type { Handout } from '../../../core/plan/decisions.ts'
import type { Usage } from '../../../core/scheduler/run.ts'
import type { Log } from '../../../core/scheduler/world.ts'
import { type RunTrace, untraced } from '../telemetry.ts'
import { begin, converse } from './converse.ts'
import { chooseModel } from './model.ts'
import { type ModelCalls, modelCalls } from './model-call.ts'
import { narrator } from './narrator.ts'
import { inWords } from './provider-error.ts'
import { loadApi } from './providers.ts'
import { type Pause, pause } from './retry.ts'
import { Shell } from './shell.ts'
import { chooseThinking } from './thinking.ts'
import { createTools } from './tools.ts'
import { tracedCalls, tracedTools } from './traced.ts'
import type { TurnGate } from './turn-gate.ts'
import { mostRefusals } from './unrecoverable.ts'
import { addUsage, nothingUsed } from './usage.ts'

export interface SessionOptions {
  /** Headers are resolved: their values hold the secrets themselves. */
  readonly model: Handout['model']
  /** Not needed where the provider knows the agent by its cloud identity. */
  readonly apiKey?: string
  readonly systemPrompt: string
  readonly prompt: string
  /** Where tools work. */
  readonly directory: string
  /** All that the tools' processes see. */
  readonly environment: Readonly<Record<string, string>>
  readonly log: Log
  /** Ends the session: running tools are killed, and no more is asked of the model. */
  readonly signal: AbortSignal
  /** Called after each turn with all that was used so far. */
  readonly onUsage: (total: Usage) => void
  /** Absent: nothing limits what it uses. */
  readonly gate?: TurnGate | undefined
  /** Whether a limit is in dollars, so that the model's price has to be known. */
  readonly needsPrice?: boolean
  readonly trace?: Pick<RunTrace, 'begin' | 'around'> | undefined
}

/** `text` is the last that the model said. `why` holds no secret, and has at most 300 characters. */
export type SessionEnd = { readonly usage: Usage } & (
  | { readonly kind: 'completed'; readonly text: string }
  | { readonly kind: 'aborted' }
  /** A limit has ended it. */
  | { readonly kind: 'over budget'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string; readonly modelRefused?: 'quota' | 'auth' }
)

/** What of the world a session needs besides its options. */
export interface SessionEffects {
  readonly pause: Pause
  /** Epoch milliseconds. */
  readonly now: () => number
  /** A number in [0, 1). */
  readonly chance: () => number
}

const real: SessionEffects = { pause, now: Date.now, chance: Math.random }

/** A tool that ignores the signal does not hold up the end for longer. */
const abortGrace = 700

/**
 * One conversation with the model, from the prompt until it has nothing more to do, with the tools it asks for. Errors of
 * the provider are part of the answer; it never rejects for them.
 */
export async function runSession(options: SessionOptions, effects: Partial<SessionEffects> = {}): Promise<SessionEnd> {
  const { model: config, log, trace = untraced } = options
  const { pause, now, chance } = { ...real, ...effects }
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const shell = new Shell(options.directory, options.environment.TMPDIR ?? options.directory)
  const secrets = secretsOf(options)
  let usage = nothingUsed
  let refusals = 0
  let overBudget: string | undefined
  let over = false
  const narrate = narrator(
    // What still comes in after an abort is not part of the session any more.
    (...line) => over || log(...line),
    () => {
      refusals += 1
      if (refusals !== mostRefusals || signal.aborted) return
      log('error', 'Aborting: repeated auth/permission failures — check credentials')
      stop.abort()
    },
  )

  log('info', 'creating agent session', {
    model: `${config.provider}/${config.model}`,
    thinking: config.thinkingLevel ?? 'off',
  })
  /** Before each call of the model, also of those that are made again and those that make room: all of them cost. */
  async function turnMayBegin(): Promise<void> {
    const why = await options.gate?.(usage)
    signal.throwIfAborted()
    if (why === undefined) return
    overBudget = why
    stop.abort()
    throw new Error(why)
  }

  const conversation = async () => {
    const { model, priced, warning } = await chooseModel(config)
    if (warning !== undefined) log('warn', warning)
    if (!priced && options.needsPrice === true) {
      return { kind: 'failed' as const, why: priceUnknown(config) }
    }
    const missing = missingKey(options)
    if (missing !== undefined) return { kind: 'failed' as const, why: missing, modelRefused: 'auth' as const }
    const client = await loadApi(model.api)
    log('info', 'session created, sending prompt')
    const tools = tracedTools(createTools(shell, options.environment), trace)
    return converse({
      model,
      thinking: chooseThinking(model, config.thinkingLevel, log),
      calls: gated(
        tracedCalls(modelCalls({ ...options, model, client, headers: config.headers, now }), config.provider, trace),
        turnMayBegin,
      ),
      tools,
      conversation: begin(options.systemPrompt, tools, options.prompt),
      tell: narrate.tell,
      log: (...line) => over || log(...line),
      signal,
      used: (tokens, turns) => {
        if (over) return
        usage = addUsage(usage, tokens, turns)
        options.onUsage(usage)
      },
      words: (text) => inWords(text, secrets),
      pause,
      chance,
      byRight: config.provider === 'vertex',
    })
  }
  const ended = await Promise.race([
    conversation().catch((error: unknown) => ({
      kind: 'failed' as const,
      why: inWords(error instanceof Error ? error.message : String(error), secrets),
    })),
    soonAfter(signal),
  ])
  over = true
  shell.killAll()
  const end = ((): SessionEnd => {
    if (overBudget !== undefined && !options.signal.aborted) return { kind: 'over budget', why: overBudget, usage }
    if (stop.signal.aborted && !options.signal.aborted) {
      return { kind: 'failed', why: 'repeated auth/permission failures', usage }
    }
    return signal.aborted ? { kind: 'aborted', usage } : { ...ended, usage }
  })()
  if (end.kind === 'failed') log('error', 'session error', { error: end.why })
  if (end.kind === 'over budget') log('warn', 'budget exceeded, ending the session', { reason: end.why })
  log('info', 'prompt returned', {
    eventCount: narrate.count(),
    resultType: end.kind,
    resultKeys: Object.keys(end),
  })
  return end
}

const gated = (calls: ModelCalls, mayBegin: () => Promise<void>): ModelCalls => ({
  ...calls,
  stream: async (...args) => {
    await mayBegin()
    return await calls.stream(...args)
  },
})

const priceUnknown = ({ provider, model }: Handout['model']): string =>
  `the price of ${provider}/${model} is not known, so its cost cannot be limited: use maxTurns or maxRunsPerDay, or a model that is known`

/** Resolves a moment after the signal aborts. */
function soonAfter(signal: AbortSignal): Promise<{ kind: 'aborted' }> {
  return new Promise((resolve) => {
    const wait = () => void setTimeout(abortGrace, undefined, { ref: false }).then(() => resolve({ kind: 'aborted' }))
    if (signal.aborted) wait()
    else signal.addEventListener('abort', wait, { once: true })
  })
}

/** The key and the values of headers, of which a word may be the secret: `Bearer …`. */
function secretsOf({ apiKey, model: { headers = {} } }: SessionOptions): string[] {
  const values = Object.values(headers)
  const words = values.flatMap((value) => value.split(/\s+/)).filter((word) => word.length >= 8)
  return [...(apiKey ? [apiKey] : []), ...values, ...words]
}

function missingKey({ model: { provider }, apiKey }: SessionOptions): string | undefined {
  const needsNone = ['bedrock', 'vertex', 'custom'].includes(provider)
  return needsNone || apiKey
    ? undefined
    : `no key for the model provider ${provider}: add the credential ${provider}_key`
}
