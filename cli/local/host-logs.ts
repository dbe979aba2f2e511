import { join } from 'node:path'
import type { Log } from '../../core/scheduler/world.ts'
import type { LogSource } from '../../functions/gateway/log-source.ts'
import type { OutputLine } from '../../functions/launchers/machine/machine-launcher.ts'
import { entryOf, levels } from '../../functions/local/logs/container-line.ts'
import { fileLogs } from '../../functions/local/logs/read-logs.ts'
import { logWriter } from '../../functions/local/logs/write-logs.ts'
import type { HostHappening } from './host-event.ts'

export interface HostLogs {
  readonly source: LogSource
  /** What the control plane and the gateway log. */
  readonly log: Log
  readonly onLine: (line: OutputLine) => void
  close(): void
}

const sixHours = 6 * 3600_000

/** The logs of a project, in `logs/` of its `.al` directory; what is worth knowing at once is told as well. */
export function hostLogs(root: string, tell: (happening: HostHappening) => void): HostLogs {
  const directory = join(root, 'logs')
  const failed = (what: string) => (error: unknown) => tell({ kind: 'host', level: 'error', text: `${what}: ${error}` })
  const writer = logWriter({ root: directory, now: Date.now, onFailure: failed('the log cannot be written') })
  const removeOld = () => writer.removeOld().catch(failed('old logs cannot be removed'))
  const timer = setInterval(removeOld, sixHours).unref()
  void removeOld()
  const least = process.env.AL_LOG_LEVEL === 'debug' ? levels.debug : levels.info
  return {
    source: fileLogs(directory),
    log(level, msg, fields = {}) {
      if (levels[level] < least) return
      writer.write(undefined, { ...fields, level: levels[level], time: Date.now(), msg })
      if ((level === 'warn' || level === 'error') && isForPeople(msg, fields)) {
        tell({ kind: 'host', level, text: sentence(msg, fields) })
      }
    },
    onLine({ agent, run, stream, line }) {
      const entry = entryOf(line, stream, { run, now: Date.now() })
      if (entry === undefined) return
      writer.write(agent, entry)
      tell({ kind: 'output', agent, entry })
    },
    close: () => clearInterval(timer),
  }
}

/** A refused request is the sender's business, and a start that waits for the images is none at all. */
const isForPeople = (msg: string, { kind }: Readonly<Record<string, unknown>>): boolean =>
  msg !== 'request' && !(msg === 'launch did not start anything' && kind === 'refused')

const longest = 300

function sentence(msg: string, fields: Readonly<Record<string, unknown>>): string {
  const { run, agent, why, error } = fields
  const about = run ?? agent
  const cause = why ?? error
  const text = `${about === undefined ? '' : `${about}: `}${msg}${cause === undefined ? '' : `: ${cause}`}`
  return text.slice(0, longest)
}
