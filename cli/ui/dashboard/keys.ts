import type { DashboardActions } from './options.ts'
import { isInitialising, type State, selectedAgent, withNotice, withSelection } from './state.ts'

/** A key as the terminal reports it: a character, or the name of one that has none. */
export interface PressedKey {
  readonly input: string
  readonly ctrl: boolean
  readonly upArrow: boolean
  readonly downArrow: boolean
  readonly pageUp: boolean
  readonly pageDown: boolean
  readonly home: boolean
  readonly end: boolean
}

/** What a key does: to the view at once, and what it asks of the host. */
export interface Pressed {
  readonly state: State
  readonly stop?: true
  readonly ask?: (actions: DashboardActions) => Promise<string>
}

const page = 10

export function press(state: State, key: PressedKey): Pressed {
  if (key.ctrl) return key.input === 'c' ? { state, stop: true } : { state }
  if (state.question !== undefined) return answer(state, key.input)
  if (key.input === 'q') return { state, stop: true }
  if (isInitialising(state)) return { state }
  if (key.upArrow || key.input === 'k') return { state: withSelection(state, -1) }
  if (key.downArrow || key.input === 'j') return { state: withSelection(state, 1) }
  if (key.pageUp) return { state: withSelection(state, -page) }
  if (key.pageDown) return { state: withSelection(state, page) }
  if (key.home) return { state: withSelection(state, -Infinity) }
  if (key.end) return { state: withSelection(state, Infinity) }
  if (key.input === 'p' && state.status !== undefined) {
    const { paused } = state.status.scheduler
    return { state, ask: ({ pauseAll, resumeAll }) => (paused ? resumeAll() : pauseAll()) }
  }
  return ofAgent(state, key.input)
}

function ofAgent(state: State, input: string): Pressed {
  const agent = selectedAgent(state)
  if (agent === undefined) return { state }
  const { name, scale, enabled } = agent
  switch (input) {
    case ' ':
      if (scale === 0) return { state: withNotice(state, `${name} is off: its scale is 0`, true) }
      return { state, ask: ({ pauseAgent, resumeAgent }) => (enabled ? pauseAgent(name) : resumeAgent(name)) }
    case 'r':
      return { state, ask: ({ runAgent }) => runAgent(name) }
    case 'x': {
      const runs = (state.status?.instances ?? []).filter(({ agentName }) => agentName === name).map(({ id }) => id)
      if (runs.length === 0) return { state: withNotice(state, `${name} has no run to kill`, true) }
      return { state: { ...state, question: { agent: name, runs } } }
    }
    default:
      return { state }
  }
}

/** Only a clear yes kills. */
function answer(state: State, input: string): Pressed {
  const { question, ...rest } = state
  if (input !== 'y' || question === undefined) return { state: rest }
  const killAll = async ({ killRun }: DashboardActions) => {
    const messages = await Promise.all(question.runs.map((run) => killRun(run)))
    return [...new Set(messages)].join('; ')
  }
  return { state: rest, ask: killAll }
}
