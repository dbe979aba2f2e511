import { plainText } from '../plain-text.ts'
import type { ActivityLine, AgentStatus, DashboardEvent, DashboardOptions, ImageState, Status } from './options.ts'

/** Everything the screen is drawn from, apart from its size. */
export interface State extends Pick<DashboardOptions, 'title' | 'url' | 'webhookUrls'> {
  readonly now: number
  readonly status?: Status
  /** When the status was read. */
  readonly readAt?: number
  /** Why it could not be read the last time. */
  readonly unreadable?: string | undefined
  readonly images: ReadonlyMap<string, { readonly state: ImageState; readonly detail: string }>
  /** The images that the host starts with have been built, or could not be. */
  readonly initialised: boolean
  /** Since when no image is being built or waits for it. */
  readonly settledAt?: number | undefined
  /** The newest last. */
  readonly activity: readonly ActivityLine[]
  readonly selected?: string
  /** What is to be answered by yes or no. */
  readonly question?: { readonly agent: string; readonly runs: readonly string[] } | undefined
  readonly notice?: { readonly text: string; readonly failed: boolean; readonly until: number }
  /** For how many runs the host waits before it stops. */
  readonly stopping?: number
}

const mostActivity = 200
const noticeMs = 5000
/** Images are told one after the other: only when none has come for a while, these were all. */
const settledMs = 1000

export const initialState = ({ title, url, webhookUrls }: DashboardOptions, now: number): State => ({
  title,
  url,
  webhookUrls,
  now,
  images: new Map(),
  initialised: false,
  activity: [],
})

export function withStatus(state: State, status: Status, now: number): State {
  const chosen = status.agents.some(({ name }) => name === state.selected) ? state.selected : status.agents[0]?.name
  const { selected: _, ...rest } = state
  return { ...rest, status, readAt: now, unreadable: undefined, ...(chosen !== undefined && { selected: chosen }) }
}

export function withEvent(state: State, event: DashboardEvent): State {
  switch (event.kind) {
    case 'line':
      return withLine(state, event)
    case 'stopping':
      return { ...state, stopping: event.waiting }
    case 'image': {
      const detail = plainText(event.detail ?? '')
      const images = new Map(state.images).set(event.key, { state: event.state, detail })
      const unsettled = [...images.values()].some((image) => isUnsettled(image.state))
      const next = { ...state, images, settledAt: unsettled ? undefined : (state.settledAt ?? state.now) }
      // Later builds are those of a reload: they do not take the screen, but are told.
      if (!state.initialised || event.state === 'waiting' || state.images.get(event.key)?.state === event.state)
        return next
      const text = [`image ${event.state}`, detail].filter((part) => part !== '').join(': ')
      const level = event.state === 'failed' ? 'error' : 'info'
      return withLine(next, { time: state.now, agent: event.key, level, text })
    }
  }
}

/** Time passes. */
export function withTime(state: State, now: number): State {
  const { initialised, settledAt } = state
  return { ...state, now, initialised: initialised || (settledAt !== undefined && now - settledAt >= settledMs) }
}

function withLine(state: State, { time, agent, level, text }: ActivityLine): State {
  const cleaned = {
    time,
    agent: agent === undefined ? undefined : plainText(agent, 63),
    level,
    text: plainText(text, agent === undefined ? 2000 : 500),
  }
  return { ...state, activity: [...state.activity.slice(1 - mostActivity), cleaned] }
}

export const withNotice = (state: State, text: string, failed: boolean): State => ({
  ...state,
  notice: { text: plainText(text), failed, until: state.now + noticeMs },
})

/** Images come first, once; before anything is known there is nothing else to show either. */
export const isInitialising = ({ initialised, images }: State): boolean => !initialised && images.size > 0

const isUnsettled = (state: ImageState): boolean => state === 'waiting' || state === 'building'

/** The agent whose row is selected. */
export const selectedAgent = ({ status, selected }: State): AgentStatus | undefined =>
  status?.agents.find(({ name }) => name === selected)

/** Moves the selection by so many rows, and no further than to the first or last. */
export function withSelection(state: State, by: number): State {
  const agents = state.status?.agents ?? []
  const from = agents.findIndex(({ name }) => name === state.selected)
  const to = agents[Math.min(Math.max(from + by, 0), agents.length - 1)]
  return to === undefined ? state : { ...state, selected: to.name }
}
