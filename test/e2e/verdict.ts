import type { Lock } from '../../core/locks/lock.ts'
import { lockKey } from '../../core/locks/lock.ts'
import { type Run, runId } from '../../core/scheduler/run.ts'
import type { History } from './history.ts'

/** Every run that the table holds. */
export async function runsOf({ host }: History): Promise<readonly Run[]> {
  const lists = await Promise.all(host.plan.agents.map(({ name }) => host.store.list(`runs#${name}`)))
  return lists.flat().map(({ data }) => data as Run)
}

/** What the table says against what the outside world was told; nothing when all is well. */
export async function problemsOf(history: History, runs: readonly Run[]): Promise<string[]> {
  const { host, ledger } = history
  const { store } = host
  const byId = new Map(runs.map((run) => [runId(run), run]))
  const problems = [...ledger.violations, ...host.processes.flatMap(({ crashes }) => crashes)]
  const must = (holds: boolean, what: string) => {
    if (!holds) problems.push(what)
  }

  for (const run of runs) {
    must(run.state === 'done' && run.outcome !== undefined, `${runId(run)} is ${run.state} in the end`)
    const said = ledger.outcomes.get(runId(run))
    must(said === undefined || said === run.outcome, `${runId(run)} was told ${said} and is ${run.outcome}`)
    if (run.outcome === 'rerun' && run.next !== undefined) {
      must(byId.has(runId({ agent: run.agent, suffix: run.next })), `${runId(run)} goes on in a run that is not there`)
    }
  }
  problems.push(...problemsOfDeliveries(history, runs))
  for (const [what, id] of [...ledger.told, ...ledger.calls]) must(byId.has(id), `${what}: ${id} is not there`)

  const ticks = runs.flatMap(({ trigger, rerun }) => (trigger.kind === 'tick' && rerun === 0 ? [trigger.at] : []))
  must(new Set(ticks).size === ticks.length, 'a tick has made two runs')

  must((await store.list('live')).length === 0, 'something is alive in the end')
  const [project] = await store.get([{ pk: 'project', sk: '-' }])
  const { active = 0 } = (project?.data ?? {}) as { active?: number }
  must(active === 0, `the project counts ${active} runs in the end`)
  const partitions = new Set(runs.flatMap(({ lock }) => (lock === undefined ? [] : [lock])))
  for (const { data } of await store.get([...partitions].map(lockKey))) {
    const lock = data as Lock | undefined
    must(lock?.holder === undefined, `${lock?.holder} holds "${lock?.key}" in the end`)
  }
  return problems
}

/** A delivery that was accepted is one run of each agent it matches; one that was not is at most that. */
function* problemsOfDeliveries({ ledger }: History, runs: readonly Run[]): Iterable<string> {
  const made = new Map<string, number>()
  for (const { agent, trigger } of runs) {
    if (trigger.kind !== 'webhook') continue
    const pair = `${trigger.delivery} to ${agent}`
    made.set(pair, (made.get(pair) ?? 0) + 1)
  }
  for (const { id, agents, accepted } of ledger.deliveries) {
    for (const agent of agents) {
      const pair = `${id} to ${agent}`
      const count = made.get(pair) ?? 0
      if (count > 1 || (accepted && count === 0)) yield `${pair}, ${accepted ? '' : 'not '}accepted, has ${count} runs`
      made.delete(pair)
    }
  }
  for (const pair of made.keys()) yield `${pair}: a run that nobody asked for`
}
