import type { ContainerEnd } from '../../core/scheduler/container-ended.ts'
import type { Launcher, LaunchOrder } from '../../core/scheduler/launcher.ts'
import type { Run } from '../../core/scheduler/run.ts'
import type { MachineLauncher } from '../launchers/machine/machine-launcher.ts'

/** A launcher on this machine; one that finds again what an earlier host has started says so. */
export type LocalLauncher = Launcher & Partial<Pick<MachineLauncher, 'adopt' | 'cleared' | 'close'>>

/** Stands before a launcher, and starts nothing while it is shut: before the images are there, and once the host leaves. */
export interface Gate {
  readonly launcher: Launcher
  /** Lets starts through, and sees to those that were turned away. */
  open(): Promise<void>
  /** From now on every start is turned away: nothing of it is lost, and it does not count as an attempt. */
  shut(why: string): void
  /** Whether a run waits for the gate, with no container that could end it. */
  isWaiting(run: Pick<Run, 'agent' | 'suffix' | 'state'>): boolean
}

/** `containerEnded` is how a start that was turned away is asked for again: its attempt has come to nothing. */
export function gate(inner: Launcher, containerEnded: (end: ContainerEnd) => Promise<void>): Gate {
  let shutFor: string | undefined
  const waiting = new Map<string, ContainerEnd>()
  return {
    launcher: {
      ...inner,
      async launch(order) {
        if (shutFor === undefined) return await inner.launch(order)
        waiting.set(order.run, attemptOf(order))
        return { kind: 'refused', why: shutFor }
      },
      async stop(target) {
        waiting.delete(target.run)
        await inner.stop(target)
      },
    },
    async open() {
      shutFor = undefined
      const turnedAway = [...waiting.values()]
      waiting.clear()
      await Promise.all(turnedAway.map(containerEnded))
    },
    shut(why) {
      shutFor = why
    },
    isWaiting: ({ agent, suffix, state }) => state === 'starting' && waiting.has(`${agent}-${suffix}`),
  }
}

const attemptOf = ({ agent, suffix, attempt }: LaunchOrder): ContainerEnd => ({
  agent: agent.name,
  suffix,
  attempt,
  container: 'none',
  reason: 'it had to wait for its host',
})
