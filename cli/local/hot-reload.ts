import { isDeepStrictEqual } from 'node:util'
import type { Plan } from '../../core/plan/schema.ts'
import { exitCodes, UserError } from '../errors.ts'
import type { HostLevel } from './host-event.ts'
import type { LocalProject } from './local-project.ts'
import { type ProjectWatch, watchProject } from './watch-project.ts'

export interface HotReloadOptions {
  readonly directory: string
  /** What the host goes by at the beginning. */
  readonly current: LocalProject
  /** Reads the project anew; throws with everything that is wrong with it. */
  readonly read: () => LocalProject
  /** Throws when something is missing that agents need. */
  readonly check: (plan: Plan) => Promise<void>
  /** Makes what agents run from; the answer puts it into use. */
  readonly prepare: (plan: Plan) => Promise<() => void>
  readonly apply: (plan: Plan) => void
  readonly tell: (level: HostLevel, text: string) => void
}

export interface HotReload {
  /** Follows the project's files from now on. */
  begin(): void
  /** No change is made any more once this has settled. */
  close(): Promise<void>
}

/** Milliseconds until it is looked again whether a credential has come. */
const patience = 2000

/**
 * Follows the project: what is changed holds for the next run. A change that does not compile, or whose image cannot be
 * built, changes nothing, and is told. One at a time; what comes meanwhile makes one more.
 */
export function hotReload(options: HotReloadOptions): HotReload {
  const { read, check, prepare, apply, tell } = options
  let current = options.current
  let watch: ProjectWatch | undefined
  let closed = false
  let working: Promise<void> | undefined
  let again = false
  /** Why the last change is not in use. */
  let refused: string | undefined
  let later: NodeJS.Timeout | undefined

  async function reload(): Promise<void> {
    const next = read()
    for (const text of needRestart(current, next, options.current)) tell('warn', text)
    // Told once; until the restart the host stays as it is.
    current = { ...current, port: next.port, runtime: next.runtime }
    if (isDeepStrictEqual(next.plan, current.plan)) {
      // Files that are part of an image, and of nothing else, may have changed.
      const use = await prepare(next.plan)
      if (closed) return
      use()
      if (refused !== undefined) tell('info', 'the project is again what is in use')
      return
    }
    await check(next.plan)
    const use = await prepare(next.plan)
    if (closed) return
    const what = changes(current.plan, next.plan)
    current = next
    use()
    apply(next.plan)
    tell('info', `reloaded: ${what}`)
    for (const text of next.plan.warnings) tell('warn', text)
  }

  /** What is missing may come without a change of the project, as a credential does: then nobody would look again. */
  function refuse(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error)
    if (why !== refused) tell('error', `the change is not in use: ${why}`)
    refused = why
    if (error instanceof UserError && error.exitCode === exitCodes.credentials) later = setTimeout(lookAgain, patience)
  }

  function lookAgain(): void {
    clearTimeout(later)
    again = true
    if (!closed) working ??= work()
  }

  async function work(): Promise<void> {
    do {
      again = false
      try {
        await reload()
        refused = undefined
      } catch (error) {
        if (!closed) refuse(error)
      }
    } while (again && !closed)
    working = undefined
  }

  return {
    begin() {
      if (closed) return
      watch = watchProject(
        options.directory,
        () => {
          // Whatever is wrong with this change is told, also when it was wrong with the last one.
          if (refused !== undefined) refused = ''
          lookAgain()
        },
        (error) => tell('warn', `changes of the project are not followed: ${error}; restart to use them`),
      )
    },
    async close() {
      closed = true
      clearTimeout(later)
      watch?.close()
      await working
    },
  }
}

/** What differs from what was read last, and from what the host began with: a change taken back needs nothing. */
function needRestart(before: LocalProject, after: LocalProject, running: LocalProject): string[] {
  const differs = (key: 'port' | 'runtime') => ![before[key], running[key]].includes(after[key])
  const changed = [...(differs('port') ? ['gateway.port'] : []), ...(differs('runtime') ? ['local.runtime'] : [])]
  return changed.map((key) => `${key} was changed: stop and start again to use it`)
}

/** `added dev; changed triage; removed old`. */
function changes(before: Plan, after: Plan): string {
  const old = new Map(before.agents.map((agent) => [agent.name, agent]))
  const names = new Set(after.agents.map(({ name }) => name))
  const added = after.agents.filter(({ name }) => !old.has(name)).map(({ name }) => name)
  const changed = after.agents.filter((agent) => old.has(agent.name) && !isDeepStrictEqual(agent, old.get(agent.name)))
  const removed = before.agents.filter(({ name }) => !names.has(name)).map(({ name }) => name)
  const parts = [
    ...(added.length > 0 ? [`added ${added.join(', ')}`] : []),
    ...(changed.length > 0 ? [`changed ${changed.map(({ name }) => name).join(', ')}`] : []),
    ...(removed.length > 0 ? [`removed ${removed.join(', ')}; its runs under way go on`] : []),
  ]
  return parts.length > 0 ? parts.join('; ') : 'the project’s settings'
}
