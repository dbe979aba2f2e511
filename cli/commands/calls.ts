import { formatAge, formatDuration } from '../../core/format.ts'
import { connect, type HostOptions } from '../gateway/project-host.ts'
import { plainText } from '../ui/plain-text.ts'
import type { Ui } from '../ui/ui.ts'
import { unknownAgent } from './unknown-agent.ts'

/** Who called whom, the newest first; of one agent, those it made and those it got. `now` is in epoch milliseconds. */
export async function calls(agent: string | undefined, options: HostOptions, ui: Ui, now: number): Promise<void> {
  const host = await connect(options)
  const found = await host.calls(agent)
  if (found.length === 0 && agent !== undefined) {
    const known = (await host.status()).agents.map(({ name }) => name)
    if (!known.includes(agent)) throw unknownAgent(agent, known)
  }
  ui.emit({ kind: 'data', data: { calls: found } })
  if (found.length === 0) {
    const who = agent === undefined ? 'no agent has called another one' : `agent "${agent}" was in no call`
    return ui.emit({ kind: 'text', text: who })
  }
  ui.emit({
    kind: 'table',
    columns: ['called', 'by', 'status', 'when', 'took', 'reason'],
    rows: found.map(({ id, caller, status, outcome, code, reason, createdAt, endedAt }) => [
      id,
      caller,
      outcome === 'error' && code !== undefined
        ? `error ${code}`
        : (outcome ?? (status === 'queued' ? 'waiting' : status)),
      formatAge(createdAt, now),
      endedAt === undefined ? '' : formatDuration(endedAt - createdAt),
      plainText(reason ?? '', 60),
    ]),
  })
}
