import { setTimeout as sleep } from 'node:timers/promises'
import type { ControlPlane } from '../../core/scheduler/control-plane.ts'
import { type Run, runId } from '../../core/scheduler/run.ts'
import type { HostHappening } from './host-event.ts'

export interface RunWatch {
  /** Looks a last time, and ends. */
  stop(): Promise<void>
}

export interface RunWatchOptions {
  readonly plane: Pick<ControlPlane, 'overview' | 'history' | 'readRun'>
  readonly onEvent: (event: Extract<HostHappening, { run: Run }>) => void
  readonly onError: (error: unknown) => void
}

/** Milliseconds between two looks. */
const interval = 1000

/** Runs of an agent that are asked for at once. */
const page = 20

/** Greater than any suffix: an agent that has never run. */
const beforeAll = '~'

/**
 * Tells what becomes of runs, by looking at the store once a second: it sees what other processes and earlier hosts did as
 * well. A run that began and ended between two looks is told of, too. Runs that are over at the beginning are not.
 */
export async function watchRuns({ plane, onEvent, onError }: RunWatchOptions): Promise<RunWatch> {
  /** Runs that are not over, as they were told of last. */
  const open = new Map<string, Run>()
  /** The newest run of each agent. */
  const newest = new Map<string, string>()
  const since = Date.now()
  let stopped = false

  function tell(run: Run): void {
    const id = runId(run)
    const before = open.get(id)
    if (run.state === 'queued' && before === undefined) onEvent({ kind: 'queued', run })
    if (run.claimedAt !== undefined && before?.claimedAt === undefined) onEvent({ kind: 'started', run })
    const text = run.status?.text
    if (text !== undefined && text !== before?.status?.text) onEvent({ kind: 'status', run, text })
    if (run.state === 'done') onEvent({ kind: 'ended', run })
    if (run.state === 'done') open.delete(id)
    else open.set(id, run)
  }

  /** Runs are listed newest first: what comes before the newest one known is new. Oldest first here. */
  async function newRuns(agent: string): Promise<Run[]> {
    const last = newest.get(agent)
    const found: Run[] = []
    for (let after: string | undefined, limit = 1; ; limit = page) {
      const runs = await plane.history(agent, { after, limit })
      // Of an agent that is looked at for the first time, what was there before the watch is history.
      const fresh = runs.filter(({ suffix, createdAt }) => (last === undefined ? createdAt > since : suffix < last))
      if (after === undefined) newest.set(agent, runs[0]?.suffix ?? beforeAll)
      found.push(...fresh)
      after = runs.at(-1)?.suffix
      if (after === undefined || fresh.length < runs.length) return found.reverse()
    }
  }

  async function look(): Promise<void> {
    const { agents, runs } = await plane.overview()
    for (const { name } of agents) for (const run of await newRuns(name)) if (!open.has(runId(run))) tell(run)
    for (const run of runs) if (!open.has(runId(run))) tell(run)
    for (const run of [...open.values()]) {
      const now = await plane.readRun(run)
      if (now !== undefined) tell(now)
      else open.delete(runId(run))
    }
  }

  const tryToLook = async () => {
    try {
      await look()
    } catch (error) {
      onError(error)
    }
  }

  await look()
  const rest = new AbortController()
  const going = (async () => {
    while (!stopped) {
      await sleep(interval, undefined, { signal: rest.signal }).catch(() => {})
      if (!stopped) await tryToLook()
    }
  })()
  return {
    async stop() {
      stopped = true
      rest.abort()
      await going
      await tryToLook()
    },
  }
}
