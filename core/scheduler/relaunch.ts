import { drain } from './drain.ts'
import { endRun } from './end.ts'
import { launch, orderOf, putRun } from './launch.ts'
import { type LaunchOrder, leases } from './launcher.ts'
import { hashOf, newSecret, type Run, runKey } from './run.ts'
import { type Decision, settle } from './settle.ts'
import type { World } from './world.ts'

/** Attempts that may have started a container. */
const mostTickets = 3

/**
 * Asks once more for a container of a run that nobody has claimed, as a new attempt with a new ticket; the earlier tickets
 * stay good, for a container that comes late. After three attempts the run ends. `due` looks at the run as it is now.
 */
export async function relaunch(
  world: World,
  ref: Pick<Run, 'agent' | 'suffix'>,
  due: (run: Run) => boolean,
  why: string,
): Promise<void> {
  const ticket = newSecret(world.random)
  const order = await settle(world, async (): Promise<Decision<LaunchOrder | 'give up' | undefined>> => {
    const [item] = await world.store.get([runKey(ref)])
    const run = item?.data as Run | undefined
    if (item === undefined || run?.state !== 'starting') return { answer: undefined }
    const rule = world.rules.agents.get(ref.agent)
    // A commit of ours that was reported as a conflict.
    if (rule !== undefined && run.tickets.includes(hashOf(ticket))) return { answer: orderOf(rule, run, ticket) }
    if (!due(run)) return { answer: undefined }
    if (rule === undefined || run.tickets.length >= mostTickets) return { answer: 'give up' }
    const again: Run = {
      ...run,
      attempt: run.attempt + 1,
      // Its agent may have moved since: containers are stopped, and deaths reported, where the last one was started.
      compute: rule.compute,
      tickets: [...run.tickets, hashOf(ticket)],
      // Longer each time: a platform that is slow today gets its chance.
      leaseUntil: world.clock.now() + leases[rule.compute].launch * 2 ** run.tickets.length,
    }
    return { writes: [putRun(again, item.expected)], answer: orderOf(rule, again, ticket) }
  })
  if (order === undefined) return
  if (order === 'give up') await giveUp(world, ref, due, why)
  else if (await launch(world, order)) await drain(world, ref.agent)
}

async function giveUp(world: World, ref: Pick<Run, 'agent' | 'suffix'>, due: (run: Run) => boolean, why: string) {
  const ended = await endRun(world, ref, (run) => {
    if (run.state !== 'starting' || !due(run)) return undefined
    return { outcome: 'error', reason: `never started: ${why}` }
  })
  if (ended !== undefined) await drain(world, ref.agent)
}
