/**
 * What a container is told when it is started, and all it is told: what to run, where to ask, and a ticket that is good
 * for one claim. Prompt, configuration and credentials are fetched with it, so a payload of any size fits and a listing of
 * containers shows no secret that still works after the claim.
 */
export interface StartMessage {
  /** The run id, `<agent>-<suffix>`. */
  readonly run: string
  /** What the run is claimed with. A secret, until it is used. */
  readonly ticket: string
  /** Base URL of the gateway, without a slash at the end. */
  readonly gateway: string
  /** From 1; how often a container has been asked for. */
  readonly attempt: number
}

/** The variables of a container that carry it. */
const variables = { run: 'AL_RUN_ID', ticket: 'AL_TICKET', gateway: 'GATEWAY_URL', attempt: 'AL_ATTEMPT' } as const

/** Tells a payload of the control plane from one that somebody types in a console. */
const source = 'action-llama'

/** The name of the agent's container, where a platform wants one. */
export const agentContainer = 'agent'

export const asEnvironment = ({ run, ticket, gateway, attempt }: StartMessage): Readonly<Record<string, string>> => ({
  [variables.run]: run,
  [variables.ticket]: ticket,
  [variables.gateway]: gateway,
  [variables.attempt]: String(attempt),
})

/** The message in a container's environment; nothing if it was not started by a control plane. */
export const fromEnvironment = (env: Readonly<Record<string, string | undefined>>): StartMessage | undefined =>
  checked(env[variables.run], env[variables.ticket], env[variables.gateway], Number(env[variables.attempt]))

/** The payload of a function. */
export const asPayload = ({ run, ticket, gateway, attempt }: StartMessage): Readonly<Record<string, unknown>> => ({
  source,
  run,
  ticket,
  gateway,
  attempt,
})

/** The message in a function's payload; nothing if it is another payload. */
export function fromPayload(payload: unknown): StartMessage | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined
  const { source: from, run, ticket, gateway, attempt } = payload as Record<string, unknown>
  return from === source ? checked(run, ticket, gateway, attempt) : undefined
}

function checked(run: unknown, ticket: unknown, gateway: unknown, attempt: unknown): StartMessage | undefined {
  if (typeof run !== 'string' || typeof ticket !== 'string' || typeof gateway !== 'string') return undefined
  if (typeof attempt !== 'number' || !Number.isSafeInteger(attempt) || attempt < 1) return undefined
  if (run === '' || ticket === '' || gateway === '') return undefined
  return { run, ticket, gateway, attempt }
}
