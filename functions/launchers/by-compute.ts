import type { AgentRule } from '../../core/plan/decisions.ts'
import type { Launcher } from '../../core/scheduler/launcher.ts'

type Compute = AgentRule['compute']

/** The launchers of a host, each made when it is first needed: a start of a function should not load what starts tasks. */
export type Launchers = Readonly<Partial<Record<Compute, () => Promise<Launcher>>>>

/** One launcher from several, by where the agent (or, to stop it, the container) runs. */
export function byCompute(launchers: Launchers): Launcher {
  const made = new Map<Compute, Promise<Launcher>>()
  const find = (compute: Compute): Promise<Launcher> | undefined => {
    const found = made.get(compute) ?? launchers[compute]?.()
    if (found === undefined) return undefined
    made.set(compute, found)
    // One that could not be made is made again the next time.
    found.catch(() => made.delete(compute))
    return found
  }

  return {
    async launch(order) {
      const { name, compute } = order.agent
      const launcher = await find(compute)
      if (launcher !== undefined) return await launcher.launch(order)
      return { kind: 'failed', why: `agent ${name} runs on ${compute}, which this host cannot start; deploy it again` }
    },
    async stop(target) {
      const launcher = await find(target.compute)
      if (launcher === undefined) throw new Error(`containers on ${target.compute} cannot be stopped by this host`)
      await launcher.stop(target)
    },
    async *running() {
      for (const compute of Object.keys(launchers) as Compute[]) {
        const launcher = await find(compute)
        if (launcher?.running !== undefined) yield* launcher.running()
      }
    },
  }
}
