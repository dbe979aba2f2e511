import { parseRef } from '../../core/credentials/reference.ts'
import type { Handout } from '../../core/plan/decisions.ts'
import { agentSecrets } from '../../core/plan/secrets.ts'
import { agentSchema } from '../../core/project/schema/agent.ts'
import { endingOf, messageOf } from './ending.ts'
import { runTimer } from './interruption.ts'
import { output } from './log.ts'
import { prepare, type RunEnd, type RunOptions } from './one-run.ts'
import type { Environment } from './places.ts'
import { redactor } from './redact.ts'
import { work } from './work.ts'

/** What a container needs that nobody hands a run: everything is in its environment. */
export interface GivenRun {
  readonly config: Handout
  /** The whole prompt. */
  readonly prompt: string
}

const defaultTimeout = 3600

/** Reads `PROMPT`, `AGENT_CONFIG` and `TIMEOUT_SECONDS`. Throws an Error that names the variable and what to change. */
function givenRun({ PROMPT, AGENT_CONFIG, TIMEOUT_SECONDS }: Environment): GivenRun {
  if (!PROMPT || !AGENT_CONFIG) {
    const missing = [...(PROMPT ? [] : ['PROMPT']), ...(AGENT_CONFIG ? [] : ['AGENT_CONFIG'])].join(' and ')
    throw new Error(
      `nothing to run: without a gateway (GATEWAY_URL, AL_RUN_ID, AL_TICKET, AL_ATTEMPT) the variables PROMPT and AGENT_CONFIG are needed; ${missing} missing`,
    )
  }
  const {
    name,
    model,
    params = {},
    preflight = [],
    credentials = [],
    limits,
    instructions,
  } = parsedConfig(AGENT_CONFIG)
  // Nobody counts days here.
  const { maxCostPerRun, maxTurns } = limits ?? {}
  const refs = credentials.map((text) => {
    const parsed = parseRef(text)
    if (!parsed.ok) throw new Error(`AGENT_CONFIG: credentials: ${parsed.reason}`)
    return parsed.ref
  })
  const telemetry = { enabled: false, provider: 'none', serviceName: name, headers: {} } as const
  const target = { secretId: (...parts: string[]) => ['action-llama', ...parts].join('/') }
  return {
    prompt: PROMPT,
    config: {
      name,
      model,
      params,
      preflight,
      timeoutSeconds: seconds(TIMEOUT_SECONDS),
      secrets: agentSecrets({ credentials: refs, model }, { telemetry }, target),
      instructions,
      ...(limits && { limits: { ...(maxCostPerRun && { maxCostPerRun }), ...(maxTurns && { maxTurns }) } }),
    },
  }
}

/**
 * An agent's configuration as one text, the way Action Llama hands it to a container: the keys of `agent-config.toml`, of
 * which those that are not for the container are ignored, and the text of ACTIONS.md as `_agentsMd` or `instructions`.
 */
function parsedConfig(text: string) {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // The parser's message quotes the text, which may hold anything.
    throw new Error('AGENT_CONFIG is not JSON; give it the agent configuration as one JSON object')
  }
  const { name, model, credentials, params, preflight, limits, ...rest } = (json ?? {}) as Readonly<
    Record<string, unknown>
  >
  const parsed = agentSchema.safeParse({ name, model, credentials, params, preflight, limits })
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Error(`AGENT_CONFIG: ${issue?.path.join('.') || 'the configuration'}: ${issue?.message ?? 'not valid'}`)
  }
  const { data } = parsed
  if (data.name === undefined || data.model === undefined) {
    throw new Error(`AGENT_CONFIG: ${data.name === undefined ? 'name' : 'model'} is missing; add it`)
  }
  const instructions = rest._agentsMd ?? rest.instructions ?? ''
  if (typeof instructions !== 'string')
    throw new Error('AGENT_CONFIG: _agentsMd is no text; give it that of ACTIONS.md')
  return { ...data, name: data.name, model: data.model, instructions }
}

function seconds(text: string | undefined): number {
  if (text === undefined || text === '') return defaultTimeout
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(
    `TIMEOUT_SECONDS is no whole number of seconds above 0; set it to one, or leave it out for ${defaultTimeout}`,
  )
}

/** The same run without a claim and without anybody to tell of its end. Returns its exit code. */
export async function runFromEnvironment(options: Omit<RunOptions, 'start' | 'container'>): Promise<RunEnd> {
  const { env, places, interrupter } = options
  const redact = redactor()
  const out = output(options.sink, redact)
  const parts = options.parts()
  // Awaited later: until then a rejection would count as unhandled.
  parts.catch(() => undefined)
  try {
    const { config, prompt } = givenRun(env)
    await prepare(places)
    const cancelTimer = runTimer(config.timeoutSeconds * 1000, config.timeoutSeconds, interrupter)
    const { worked, clean } = await work({
      config,
      prompt: () => prompt,
      env,
      places,
      out,
      redact,
      interrupter,
      parts,
      onUsage: () => {},
    })
    cancelTimer()
    const { code, finish } = endingOf(worked, interrupter.by(), out.log)
    if (finish?.result !== undefined) out.line(finish.result)
    return { code, clean }
  } catch (error) {
    out.log('error', messageOf(error))
    return { code: 1, clean: true }
  } finally {
    await out.flushed()
  }
}
