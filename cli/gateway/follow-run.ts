import { setTimeout as sleep } from 'node:timers/promises'
import { parseRunId } from '../../core/scheduler/run.ts'
import type { PublicRun } from '../../functions/gateway/public-run.ts'
import type { GatewayClient, LogEntry, LogPage, LogQuery } from './gateway-client.ts'
import { GatewayRefused, GatewayUnreachable } from './gateway-errors.ts'

/** Where logs are read from: a gateway, or the files of a host that is gone. */
export interface LogReader {
  logs(request: LogQuery): Promise<LogPage>
}

/** Entries of one page. */
const page = 1000
/** Milliseconds for which a gateway may be gone, as in a restart, before it counts as gone for good. */
const longestSilence = 10_000

/** Reads a log from where the last look ended; the first look gets the last `page` entries. */
export function logTail(reader: LogReader, request: Omit<LogQuery, 'lines' | 'cursor'>, from?: string | null) {
  let cursor = from ?? undefined
  return async function next(): Promise<readonly LogEntry[]> {
    const entries: LogEntry[] = []
    for (;;) {
      const answer = await reader.logs({ ...request, lines: page, cursor })
      entries.push(...answer.entries)
      cursor = answer.cursor ?? undefined
      if (!answer.hasMore) return entries
    }
  }
}

export interface FollowOptions {
  /** Gets what the run logs, as it comes. */
  readonly onEntries: (entries: readonly LogEntry[]) => void
  /** Is told once why no log is shown. */
  readonly onNoLogs: (why: string) => void
  /** Ends the waiting, not the run: `followRun` then throws the signal's reason. */
  readonly signal?: AbortSignal
}

/**
 * Waits for the end of a run, and hands on what it logs meanwhile. A gateway that is gone for a moment, or has trouble, is
 * asked again for ten seconds. Returns the run as it ended.
 */
export async function followRun(host: GatewayClient, id: string, options: FollowOptions): Promise<PublicRun> {
  const { signal, onEntries } = options
  const pause = () => sleep(host.lookEvery, undefined, { signal }).catch(() => signal?.throwIfAborted())
  const ref = parseRunId(id)
  const tail = ref && logTail(host, { agent: ref.agent, instance: ref.suffix })
  let logs = tail
  let silentSince: number | undefined
  for (;;) {
    signal?.throwIfAborted()
    try {
      const run = await host.run(id)
      try {
        const entries = await logs?.()
        if (entries !== undefined && entries.length > 0) onEntries(entries)
      } catch (error) {
        if (!(error instanceof GatewayRefused) || error.status !== 501) throw error
        logs = undefined
        options.onNoLogs(error.message)
      }
      silentSince = undefined
      if (run.status === 'done') {
        await pause()
        // What a container printed may arrive after what it said over HTTP. A host that has left meanwhile has said enough.
        const last = await logs?.().catch((error: unknown) => {
          if (!(error instanceof GatewayUnreachable)) throw error
        })
        if (last !== undefined && last.length > 0) onEntries(last)
        return run
      }
    } catch (error) {
      const passing = error instanceof GatewayUnreachable || (error instanceof GatewayRefused && error.status >= 500)
      silentSince ??= Date.now()
      if (!passing || Date.now() - silentSince > longestSilence) throw error
    }
    await pause()
  }
}
