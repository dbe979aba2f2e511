import { join } from 'node:path'
import type { Environment, Places } from './places.ts'

/**
 * What the platform tells the entry is for the entry: how to reach its own service, and who it is there. An agent that has
 * been given cloud credentials of its own would otherwise mix them with the session token of the container's identity.
 */
const ofTheEntry = new Set([
  ...['PROMPT', 'AGENT_CONFIG', 'TIMEOUT_SECONDS', 'GATEWAY_URL', 'SHUTDOWN_SECRET'],
  ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
  ...['AWS_LAMBDA_RUNTIME_API', '_HANDLER', '_X_AMZN_TRACE_ID'],
])
const prefixesOfTheEntry = ['AL_', 'AWS_CONTAINER_', 'ECS_']

export interface ToolEnvironment {
  readonly env: Environment
  readonly places: Places
  /** Absent: there is no gateway. */
  readonly gateway?: { readonly url: string; readonly session: string }
  readonly credentials: Readonly<Record<string, string>>
  /** Absent: the run's trace is not recorded. */
  readonly traceparent?: string | undefined
}

/**
 * All that a tool process of the agent sees: what its image sets, its own places, its session with the gateway, and its
 * credentials. It is an object that is passed along, so that nothing of one run is there in the next.
 */
export function toolEnvironment({
  env,
  places,
  gateway,
  credentials,
  traceparent,
}: ToolEnvironment): Record<string, string> {
  const inherited = Object.entries(env).filter(
    ([name]) => !ofTheEntry.has(name) && !prefixesOfTheEntry.some((prefix) => name.startsWith(prefix)),
  )
  return {
    ...Object.fromEntries(inherited.map(([name, value]) => [name, value ?? ''])),
    ...credentials,
    HOME: places.work,
    TMPDIR: places.work,
    PATH: [join(places.app, 'bin'), env.PATH ?? '/usr/local/bin:/usr/bin:/bin'].join(':'),
    AL_SIGNAL_DIR: places.signals,
    ...(traceparent !== undefined && { TRACEPARENT: traceparent }),
    ...(gateway && { GATEWAY_URL: gateway.url, SHUTDOWN_SECRET: gateway.session }),
  }
}
