import { formatCount, formatDollars, formatDuration, formatTokens } from '../../core/format.ts'
import { type Run, runId, type Trigger } from '../../core/scheduler/run.ts'
import { plainText } from '../ui/plain-text.ts'
import type { HostEvent, HostLevel } from './host-event.ts'

/** An event as a line for people. What stands in it of agents is stripped of all that could move a cursor. */
export interface EventLine {
  readonly time: number
  readonly agent?: string
  readonly level: HostLevel
  readonly text: string
}

/** Nothing for what is not worth a line. */
export function lineOf(event: HostEvent): EventLine | undefined {
  const { time } = event
  switch (event.kind) {
    case 'image': {
      const { key, state, detail } = event
      if (state === 'waiting') return undefined
      const text = `image ${key}: ${state}${detail === undefined ? '' : ` (${plainText(detail)})`}`
      return { time, level: state === 'failed' ? 'error' : 'info', text }
    }
    case 'queued':
      return of(event.run, time, 'info', `queued (${reasonOf(event.run)})`)
    case 'started':
      return of(event.run, time, 'info', `started (${reasonOf(event.run)}), ${runId(event.run)}`)
    case 'status':
      return of(event.run, time, 'info', plainText(event.text))
    case 'ended':
      return ended(event.run, event.next, time)
    case 'output': {
      const text = activity(event.entry)
      const level = event.entry.level >= 50 ? 'error' : event.entry.level >= 40 ? 'warn' : 'info'
      return text === undefined ? undefined : { time, agent: event.agent, level, text }
    }
    case 'stopping':
      return {
        time,
        level: 'info',
        text: event.waiting === 0 ? 'nothing runs any more' : `waiting for ${formatCount(event.waiting, 'run')}`,
      }
    case 'host':
      return { time, level: event.level, text: event.text }
    case 'ready':
      return { time, level: 'info', text: 'ready: agents start from now on' }
  }
}

const of = ({ agent }: Run, time: number, level: HostLevel, text: string): EventLine => ({ time, agent, level, text })

const fine = new Set(['completed', 'rerun'])

function ended(run: Run, next: number | undefined, time: number): EventLine {
  const { outcome = 'over', code, reason, startedAt, endedAt, usage } = run
  const took = startedAt === undefined || endedAt === undefined ? [] : [formatDuration(endedAt - startedAt)]
  const cost = usage === undefined ? [] : [`${formatTokens(usage.totalTokens)} tokens`, formatDollars(usage.cost)]
  const said = fine.has(outcome) || code === undefined ? [] : [`code ${code}`]
  const details = [...took, ...said, ...cost].join(', ')
  const why = reason === undefined || fine.has(outcome) ? '' : `: ${plainText(reason)}`
  const goesOn = run.next === undefined ? '' : '; it goes on with a rerun'
  const then = next === undefined ? '' : `; next run ${new Date(next).toISOString()}`
  const text = `${outcome}${details === '' ? '' : ` (${details})`}${why}${goesOn}${then}`
  return of(run, time, fine.has(outcome) ? 'info' : outcome === 'killed' ? 'warn' : 'error', text)
}

/** Why a run was made, in a few words. */
function reasonOf({ trigger, rerun }: Pick<Run, 'trigger' | 'rerun'>): string {
  const why = nameOf(trigger)
  return rerun === 0 ? why : `${why}, rerun ${rerun}`
}

function nameOf(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'tick':
      return 'schedule'
    case 'initial':
      return 'at start'
    case 'manual':
      return 'manual'
    case 'webhook':
      return plainText(`webhook ${trigger.source} ${trigger.event}`, 80)
    case 'call':
      return `called by ${trigger.caller}`
    case 'retry':
      return 'retry'
  }
}

const longest = 200

/** What an agent does, as far as it is worth a line: what it says, what it runs, and what goes wrong. */
function activity({ level, msg, text, cmd, error }: { level: number; msg: string; [field: string]: unknown }) {
  if (msg === 'assistant' && typeof text === 'string') return plainText(text, longest)
  if (msg === 'bash' && typeof cmd === 'string') return plainText(`$ ${cmd}`, longest)
  if (level < 40) return undefined
  const more = [text, error].find((one) => typeof one === 'string')
  return plainText(more === undefined ? msg : `${msg}: ${more}`, longest)
}
