import { formatCount } from '../../../core/format.ts'
import { agentRow, layOut, tableHead } from './agent-row.ts'
import { header } from './header.ts'
import { imageLines } from './image-lines.ts'
import { emptyLine, type Line, line, wrapped } from './line.ts'
import type { ActivityLine, AgentStatus } from './options.ts'
import { isInitialising, type State } from './state.ts'
import type { Symbols } from './symbols.ts'

export interface Size {
  readonly columns: number
  readonly rows: number
}

/** The whole screen, exactly as many lines as it has rows. Agents that are not on it cost next to nothing. */
export function screen(state: State, size: Size, symbols: Symbols): Line[] {
  const top = header(state, symbols)
  const room = Math.max(0, size.rows - top.length - 1)
  const body = isInitialising(state) ? initialising(state, room, size, symbols) : running(state, room, size, symbols)
  const filled = [...top, ...body.slice(0, room)]
  while (filled.length < size.rows - 1) filled.push(emptyLine)
  return [...filled.slice(0, size.rows - 1), footer(state, symbols)]
}

function initialising(state: State, room: number, size: Size, symbols: Symbols): Line[] {
  const below = Math.min(state.activity.length, smallActivity(room))
  const images = imageLines(state, room - 1 - (below === 0 ? 0 : below + 1), symbols)
  const lines = [emptyLine, ...images]
  return [...lines, ...activity(state, room - lines.length, '', size, symbols)]
}

/** The agents have what they need; the activity has the rest, and its share where agents would need everything. */
function running(state: State, room: number, size: Size, symbols: Symbols): Line[] {
  const agents = state.status?.agents ?? []
  const layout = layOut(agents, size.columns)
  const { rows, from, to } = visibleAgents(agents, room - 3 - smallActivity(room), state, (agent) =>
    agentRow(agent, layout, state, symbols),
  )
  const lines = [emptyLine, ...(agents.length === 0 ? [] : [tableHead(layout, symbols)]), ...rows]
  const title = to - from < agents.length ? `agents ${from + 1} to ${to} of ${agents.length}` : ''
  return [...lines, ...activity(state, room - lines.length, title, size, symbols)]
}

const smallActivity = (room: number): number => Math.min(5, Math.floor(room / 3))

/** A page of agents in `room` lines, the selected one in its middle unless the list begins or ends before. */
function visibleAgents(
  agents: readonly AgentStatus[],
  room: number,
  { selected }: State,
  draw: (agent: AgentStatus) => Line[],
): { rows: Line[]; from: number; to: number } {
  let from = Math.max(
    0,
    agents.findIndex(({ name }) => name === selected),
  )
  let to = from
  const rows: Line[] = []
  const fitting = (agent: AgentStatus | undefined, limit: number): Line[] => {
    const drawn = agent === undefined ? [] : draw(agent)
    return rows.length + drawn.length <= limit ? drawn : []
  }
  const down = (limit: number): boolean => {
    const drawn = fitting(agents[to], limit)
    if (drawn.length > 0) to++
    return rows.push(...drawn) > 0 && drawn.length > 0
  }
  const up = (limit: number): boolean => {
    const drawn = fitting(agents[from - 1], limit)
    if (drawn.length > 0) from--
    return rows.unshift(...drawn) > 0 && drawn.length > 0
  }
  down(room)
  while (up(Math.ceil(room / 2)));
  while (down(room));
  while (up(room));
  return { rows, from, to }
}

/** A rule, in it what is to be known about the list above it, and the newest lines that fit below. */
function activity(state: State, room: number, title: string, { columns }: Size, symbols: Symbols): Line[] {
  if (room < 1 || (state.activity.length === 0 && title === '')) return []
  const label = title === '' ? '' : ` ${title} `
  const rule = symbols.rule.repeat(2) + label + symbols.rule.repeat(Math.max(0, columns - 2 - label.length))
  if (room < 2) return [line(rule, { dim: true })]
  // Of one that is longer than the place there is, the beginning is seen.
  const lines = state.activity.slice(1 - room).flatMap((one) => activityLines(one, columns).slice(0, room - 1))
  return [line(rule, { dim: true }), ...lines.slice(1 - room)]
}

/** What an agent says can be read in its log, so a line of it may be cut. What the host says is nowhere else. */
function activityLines({ time, agent, level, text }: ActivityLine, columns: number): Line[] {
  const clock = { text: `${new Date(time).toTimeString().slice(0, 8)} `, dim: true }
  const said = `${marks[level] ?? ''}${agent === undefined ? '' : `${agent}: `}${text}`
  const style = { ...(colors[level] && { color: colors[level] }), dim: level === 'debug' }
  const parts = agent === undefined ? wrapped(said, columns - clock.text.length) : [said]
  const indent = { text: ' '.repeat(clock.text.length) }
  return parts.map((part, i) => [i === 0 ? clock : indent, { text: part, ...style }])
}

const marks: Readonly<Record<string, string>> = { error: 'error: ', warn: 'warning: ' }
const colors = { error: 'red', warn: 'yellow', info: undefined, debug: undefined } as const

function footer(state: State, { upDown }: Symbols): Line {
  const { question, notice, now, status } = state
  if (question !== undefined) {
    return line(`kill ${formatCount(question.runs.length, 'run')} of ${question.agent}? y/n`, { bold: true })
  }
  if (notice !== undefined && now < notice.until) return line(notice.text, { color: notice.failed ? 'red' : 'green' })
  const all = status?.scheduler.paused === true ? 'resume all' : 'pause all'
  const onAgents = [`${upDown} select`, 'space pause', 'r run', 'x kill', `p ${all}`]
  const keys = status === undefined || isInitialising(state) ? [] : onAgents
  return line([...keys, 'q stop'].join('  '), { dim: true })
}
