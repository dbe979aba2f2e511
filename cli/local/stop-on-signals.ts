import { stopPatience } from '../../functions/local/host.ts'
import type { OpenHost } from './open-host.ts'

export interface Signals {
  /** What Ctrl-C does: first it waits for what runs, then it kills it. */
  interrupt(): void
  close(): void
}

/** Milliseconds after which a host that is to kill everything is left as it is. */
const longestKill = 10_000

/**
 * Stops a host when this process is asked to end. SIGINT: starts nothing more and waits for what runs; again: kills it, and
 * the process ends within ten seconds. SIGTERM and SIGHUP: waits for half a minute, then kills.
 */
export function stopOnSignals(host: Pick<OpenHost, 'stop'>, say: (text: string) => void): Signals {
  let asked = 0
  const stop = (how: 'drain' | 'now', patience?: number) =>
    host.stop(how, patience).catch((error: unknown) => say(`could not stop: ${error}`))

  const killing = () => {
    say('stopping what runs')
    // Nothing is lost: the next host finds whatever is left.
    setTimeout(() => process.exit(1), longestKill).unref()
    void stop('now')
  }
  const interrupt = () => {
    asked += 1
    if (asked > 2) return
    if (asked === 2) return killing()
    say('starting nothing more, and waiting for runs to end; press Ctrl-C again to stop them')
    void stop('drain')
  }
  const terminate = () => {
    asked = Math.max(asked, 1)
    say(`starting nothing more; runs have ${stopPatience / 1000} seconds`)
    setTimeout(() => process.exit(1), stopPatience + longestKill).unref()
    void stop('drain', stopPatience)
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', terminate)
  process.on('SIGHUP', terminate)
  return {
    interrupt,
    close() {
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', terminate)
      process.off('SIGHUP', terminate)
    },
  }
}
