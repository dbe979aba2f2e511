import type { LaunchAnswer } from '../../../core/scheduler/launcher.ts'

interface EngineError {
  readonly statusCode?: number
  readonly code?: string
  readonly message?: string
  readonly json?: { readonly message?: string }
}

/** Status of an answer of the engine; nothing when it did not answer. */
export const statusOf = (error: unknown): number | undefined => (error as EngineError | null)?.statusCode

/** It was gone, or was done, already. */
export const isGone = (error: unknown): boolean => statusOf(error) === 404
const isAlreadySo = (error: unknown): boolean => statusOf(error) === 304 || isGone(error)

/** What the engine said, without the address it was asked at. */
export const whyOf = (error: unknown): string => {
  const { json, message, code } = error as EngineError
  return (json?.message ?? message ?? code ?? String(error)).trim()
}

const silent = ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'EACCES', 'ETIMEDOUT']

/**
 * Whether a launch that failed may work later. The engine answers 500 when it has no room or is in trouble, 4xx when the
 * request itself is wrong. Of any other error nobody knows whether something started: it is thrown.
 */
export function answerOf(error: unknown, what: string): LaunchAnswer {
  const status = statusOf(error)
  const why = `${what}: ${whyOf(error)}`
  if (status !== undefined) return { kind: status >= 500 ? 'refused' : 'failed', why }
  const { code } = error as EngineError
  if (code !== undefined && silent.includes(code)) {
    return { kind: 'refused', why: `${what}: Docker does not answer (${code})` }
  }
  throw error
}

/** Calls after which a thing is gone: that it was gone before is no failure. */
export async function ignoringGone(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!isAlreadySo(error)) throw error
  }
}
