import { isDeepStrictEqual } from 'node:util'
import type { Plan } from '../../core/plan/schema.ts'
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

  async function reload(): Promise<void> {
    const next = read()
    for (const text of needRestart(current, next)) tell('warn', text)
    // Told once; until the restart the host stays as it is.
    current = { ...current, port: next.port, runtime: next.runtime }
    if (isDeepStrictEqual(next.plan, current.plan)) {
      // Files that are part of an image, and of nothing else, may have changed.
      const use = await prepare(next.plan)
      if (!closed) use()
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

  async function work(): Promise<void> {
    do {
      again = false
      try {
        await reload()
      } catch (error) {
        if (!closed) tell('error', `the change is not in use: ${error instanceof Error ? error.message : error}`)
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
          again = true
          if (!closed) working ??= work()
        },
        (error) => tell('warn', `changes of the project are not followed: ${error}; restart to use them`),
      )
    },
    async close() {
      closed = true
      watch?.close()
      await working
    },
  }
}

function needRestart(before: LocalProject, after: LocalProject): string[] {
  const changed = [
    ...(before.port === after.port ? [] : ['gateway.port']),
    ...(before.runtime === after.runtime ? [] : ['local.runtime']),
  ]
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
