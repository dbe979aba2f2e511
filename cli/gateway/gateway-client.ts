import { doneShape, errorShape } from '../../functions/gateway/answer.ts'
import type { LogQuery } from '../../functions/gateway/log-source.ts'
import { type PublicRun, runShape } from '../../functions/gateway/public-run.ts'
import { type Status, statusShape } from '../../functions/gateway/routes/control.ts'
import { killedShape, runsShape, startedShape } from '../../functions/gateway/routes/control-agents.ts'
import { type Call, callsShape } from '../../functions/gateway/routes/control-calls.ts'
import { type HeldLock, locksShape } from '../../functions/gateway/routes/locks.ts'
import { logPageShape, type ShownLogPage } from '../../functions/gateway/routes/logs.ts'
import { type ExitCode, exitCodes, UserError } from '../errors.ts'
import { printable } from '../ui/printable.ts'
import { GatewayRefused, GatewayUnreachable, NobodyListens } from './gateway-errors.ts'

/** Where a gateway is, what opens it, and how to speak of it to people. */
export interface GatewayAddress {
  /** Without a slash at the end. */
  readonly url: string
  readonly key: string
  /** What to say when the key does not fit. */
  readonly whenKeyIsWrong: string
  /** What to say when nobody answers. */
  readonly whenDown: string
  /** Exit code when it cannot be reached; default `failure`. */
  readonly exitCode?: ExitCode
  /** Milliseconds between two looks of those who wait for something; default 500. */
  readonly lookEvery?: number
}

export type { HeldLock, LogQuery, Status }
export type LogPage = ShownLogPage
export type LogEntry = LogPage['entries'][number]

export type GatewayClient = ReturnType<typeof gatewayClient>

/** Milliseconds for an answer. */
const patience = 30_000
/** Characters shown of an answer that is not JSON. */
const preview = 120

const healthShape: Shape<unknown> = {
  safeParse: (answer) => {
    const isOk = typeof answer === 'object' && answer !== null && 'status' in answer && answer.status === 'ok'
    return isOk ? { success: true, data: answer } : { success: false }
  },
}

/** What an answer has to look like. */
interface Shape<T> {
  safeParse(answer: unknown): { readonly success: true; readonly data: T } | { readonly success: false }
}

/**
 * The operator's side of a gateway, wherever that is: every question the commands ask. Throws `GatewayUnreachable` when
 * nobody answers, `GatewayRefused` with the gateway's own words when it says no, and a `UserError` for anything else
 * that is not as it should be.
 */
export function gatewayClient(address: GatewayAddress) {
  const ask = async <T>(method: 'GET' | 'POST', path: string, shape: Shape<T>, body?: unknown): Promise<T> => {
    const { status, text } = await send(address, method, path, body)
    const answer = json(text)
    if (status === 401) throw new UserError(address.whenKeyIsWrong, exitCodes.credentials)
    if (answer === undefined) {
      const start = printable(text).replace(/\s+/g, ' ').trim().slice(0, preview)
      const what = start === '' ? 'an empty body' : `no JSON: ${start}`
      throw new UserError(`${address.url} answered ${status} with ${what}; is that a gateway of al?`, exitCodes.failure)
    }
    if (status >= 400) throw new GatewayRefused(status, errorOf(answer) ?? `the gateway answered ${status}`)
    const parsed = shape.safeParse(answer)
    if (parsed.success) return parsed.data
    throw new UserError(
      `the gateway at ${address.url} answered ${path} in a way this version of al does not know; use the version it runs`,
      exitCodes.failure,
    )
  }
  const get = <T>(path: string, shape: Shape<T>) => ask('GET', path, shape)
  const post = <T>(path: string, shape: Shape<T>, body: unknown = {}) => ask('POST', path, shape, body)
  const name = encodeURIComponent

  return {
    url: address.url,
    lookEvery: address.lookEvery ?? 500,
    /** Whether there is a gateway; asks for no key. */
    health: () => get('/health', healthShape),
    status: (): Promise<Status> => get('/control/status', statusShape),
    /** Refused with 404 when there is no such run. */
    run: (id: string): Promise<PublicRun> => get(`/control/runs/${name(id)}`, runShape),
    /** The newest runs of an agent, the newest first. Refused with 404 when there is no such agent. */
    runsOf: async (agent: string): Promise<readonly PublicRun[]> =>
      (await get(`/control/agents/${name(agent)}/runs${query({ limit: 200 })}`, runsShape)).runs,
    /** Returns the id of the run. Refused with 404 (unknown, busy) or 409 (paused, switched off). */
    trigger: async (agent: string, input?: unknown): Promise<string> =>
      (await post(`/control/trigger/${name(agent)}`, startedShape, { input })).runId,
    retry: (id: string) => post(`/control/runs/${name(id)}/retry`, startedShape),
    killRun: (id: string) => post(`/control/kill/${name(id)}`, doneShape),
    killAgent: (agent: string) => post(`/control/agents/${name(agent)}/kill`, killedShape),
    pause: () => post('/control/pause', doneShape),
    resume: () => post('/control/resume', doneShape),
    pauseAgent: (agent: string) => post(`/control/agents/${name(agent)}/pause`, doneShape),
    resumeAgent: (agent: string) => post(`/control/agents/${name(agent)}/resume`, doneShape),
    stop: () => post('/control/stop', doneShape),
    locks: async (): Promise<HeldLock[]> => (await get('/locks/status', locksShape)).locks,
    calls: async (agent?: string): Promise<Call[]> =>
      (await get(`/control/calls${query({ agent })}`, callsShape)).calls,
    /** Refused with 501 where the logs are kept elsewhere. */
    logs: ({ agent, instance, ...rest }: LogQuery): Promise<LogPage> => {
      const run = instance === undefined ? '' : `/${name(instance)}`
      const path = agent === undefined ? '/api/logs/scheduler' : `/api/logs/agents/${name(agent)}${run}`
      return get(`${path}${query(rest)}`, logPageShape)
    },
  }
}

async function send({ url, key, whenDown, exitCode }: GatewayAddress, method: string, path: string, body: unknown) {
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // The key goes where it was meant to go, and nowhere else.
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    })
    return { status: response.status, text: await response.text() }
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') {
      throw new GatewayUnreachable(`the gateway at ${url} did not answer within ${patience / 1000} seconds`, exitCode)
    }
    const { code, message } = causeOf(error)
    if (code === 'ECONNREFUSED') throw new NobodyListens(whenDown, exitCode)
    throw new GatewayUnreachable(
      `the gateway at ${url} cannot be reached: ${code ?? message ?? String(error)}`,
      exitCode,
    )
  }
}

/** fetch says why in the cause of its error. */
function causeOf(error: unknown): { readonly code?: string; readonly message?: string } {
  return error instanceof Error && error.cause instanceof Error ? error.cause : {}
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function errorOf(answer: unknown): string | undefined {
  const parsed = errorShape.safeParse(answer)
  return parsed.success ? printable(parsed.data.error) : undefined
}

function query(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) if (value !== undefined) given.set(key, String(value))
  return given.size === 0 ? '' : `?${given}`
}
