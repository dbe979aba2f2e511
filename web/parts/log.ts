import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { ask, Refused } from '../ask.ts'
import { html } from '../html.ts'
import { connection, usual } from '../poll.ts'
import type { LogPage } from '../wire.ts'
import { type LogEntry, LogLine } from './log-line.ts'
import { Problem } from './view.ts'

/** Entries that the page holds: older ones go. */
const most = 2000
/** Milliseconds in which the last lines of a run that is over are still written. */
const aftermath = 5000

interface Reading {
  readonly entries: readonly LogEntry[]
  readonly loaded: boolean
  readonly problem?: Refused
}

interface LogProps {
  readonly agent: string
  /** Its id; without one all runs of the agent. */
  readonly run?: string
  readonly live: boolean
}

/** The log of an agent or of one run, as it is written; it stays at its end unless somebody scrolls up to read. */
export function Log(props: LogProps) {
  const [attempt, setAttempt] = useState(0)
  return html`<${Lines} key=${`${props.run ?? props.agent} ${attempt}`} ...${props} again=${() => setAttempt(attempt + 1)} />`
}

function Lines({ agent, run, live, again }: LogProps & { readonly again: () => void }) {
  const [{ entries, loaded, problem }, setReading] = useState<Reading>({ entries: [], loaded: false })
  const [follow, setFollow] = useState(true)
  const wasLive = useRef(live)
  const box = useRef<HTMLDivElement>(null)
  const endless = useRef(live)
  endless.current = live

  useEffect(() => {
    const over = new AbortController()
    let timer: number | undefined
    let cursor: string | undefined
    let endedAt: number | undefined
    let asking = false
    const path = `/api/logs/agents/${encodeURIComponent(agent)}${run === undefined ? '' : `/${run.slice(agent.length + 1)}`}`
    const look = async () => {
      clearTimeout(timer)
      if (asking || document.hidden) return
      asking = true
      let hasMore = false
      try {
        const page = await ask<LogPage>('GET', `${path}?lines=500${cursor === undefined ? '' : `&cursor=${cursor}`}`, {
          signal: over.signal,
        })
        cursor = page.cursor ?? undefined
        hasMore = page.hasMore
        connection.tell(undefined)
        setReading((before) => ({ entries: [...before.entries, ...page.entries].slice(-most), loaded: true }))
      } catch (error) {
        if (over.signal.aborted) return
        const refused = error instanceof Refused ? error : new Refused(0, String(error))
        connection.tell(refused)
        if (refused.status !== 0) {
          setReading((before) => ({ ...before, loaded: true, problem: refused }))
          return
        }
      } finally {
        asking = false
      }
      if (endless.current) endedAt = undefined
      else endedAt ??= Date.now()
      if (endedAt === undefined || hasMore || (wasLive.current && Date.now() - endedAt < aftermath)) {
        timer = window.setTimeout(look, hasMore ? 0 : usual)
      }
    }
    const seen = () => void look()
    document.addEventListener('visibilitychange', seen)
    void look()
    return () => {
      over.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', seen)
    }
  }, [agent, run])

  useLayoutEffect(() => {
    if (follow && box.current !== null) box.current.scrollTop = box.current.scrollHeight
  })

  if (problem?.status === 501) return html`<${Elsewhere} agent=${agent} run=${run} said=${problem.message} />`
  if (problem !== undefined) return html`<${Problem} text=${problem.message} retry=${again} />`
  const scrolled = () => {
    const { current } = box
    if (current !== null) setFollow(current.scrollHeight - current.scrollTop - current.clientHeight < 24)
  }
  return html`<div class="log-head">
      <label><input type="checkbox" checked=${follow} onChange=${() => setFollow(!follow)} /> Follow the end</label>
      <span class="quiet">${live ? 'live' : 'complete'}</span>
    </div>
    <div class="log" ref=${box} tabindex="0" role="log" aria-label="Log" aria-live="off" onScroll=${scrolled}>
      ${entries.map((entry, i) => html`<${LogLine} key=${i} entry=${entry} />`)}
      ${entries.length === 0 && html`<p class="quiet">${loaded ? 'Nothing is logged yet.' : 'Loading…'}</p>`}
    </div>`
}

/** A gateway in a cloud keeps no logs: the cloud's log service does, and the command line reads it. */
function Elsewhere({
  agent,
  run,
  said,
}: {
  readonly agent: string
  readonly run: string | undefined
  readonly said: string
}) {
  return html`<div class="empty">
    <p class="what">The log is not here</p>
    <p>${said}. From your machine:</p>
    <p><code>al logs ${run ?? agent} -c -f</code></p>
  </div>`
}
