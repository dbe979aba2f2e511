import { useEffect, useState } from 'preact/hooks'
import { formatCount, formatDuration } from '../core/format.ts'
import { ask } from './ask.ts'
import { html } from './html.ts'
import { Notices, say } from './notice.ts'
import { Act } from './parts/actions.ts'
import { RunLink } from './parts/began.ts'
import { When } from './parts/time.ts'
import { connection, type Polled, seldom, useNow, usePoll, usual } from './poll.ts'
import { at, Link, usePlace } from './router.ts'
import { AgentPage } from './views/agent.ts'
import { Agents } from './views/agents.ts'
import { Calls } from './views/calls.ts'
import { Costs } from './views/costs.ts'
import { Deliveries } from './views/deliveries.ts'
import { Locks } from './views/locks.ts'
import { RunPage } from './views/run.ts'
import { Runs } from './views/runs.ts'
import type { Status } from './wire.ts'

export interface ViewProps {
  /** The second part of the address, if there is one. */
  readonly id?: string
  readonly status: Polled<Status>
}

const views = [
  { name: 'agents', title: 'Agents', list: Agents, one: AgentPage },
  { name: 'runs', title: 'Runs', list: Runs, one: RunPage },
  { name: 'deliveries', title: 'Deliveries', list: Deliveries },
  { name: 'calls', title: 'Calls', list: Calls },
  { name: 'locks', title: 'Locks', list: Locks },
  { name: 'costs', title: 'Cost', list: Costs },
] as const

/** The dashboard of somebody who is logged in. */
export function App() {
  const [name = 'agents', id] = usePlace()
  const view = views.find((one) => one.name === (name === '' ? 'agents' : name))
  const one = view !== undefined && 'one' in view ? view.one : undefined
  // Only the view of agents is made of the state; the others look at something of their own.
  const status = usePoll<Status>('/control/status', view?.name === 'agents' ? usual : seldom)
  const shown = id === undefined || id === '' ? view?.list : one
  return html`
    <a class="skip" href="#main">Skip to content</a>
    <div class="top">
    <${Header} status=${status} />
    <nav aria-label="Views">
      ${views.map(({ name, title }) => html`<${Link} to=${name === 'agents' ? '/dashboard' : at(name)} current=${name === view?.name}>${title}<//>`)}
    </nav>
    </div>
    <main id="main" tabindex="-1">
      <${Banners} status=${status} />
      ${shown === undefined ? html`<h1 tabindex="-1">There is no such page</h1>` : html`<${shown} key=${`${name}/${id ?? ''}`} id=${id} status=${status} />`}
    </main>
    <${Notices} />`
}

function Header({ status: { data, refresh } }: { readonly status: Polled<Status> }) {
  const logOut = async () => {
    try {
      await ask('POST', '/logout')
      location.replace('/login')
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), true)
    }
  }
  const paused = data?.scheduler.paused === true
  return html`<header>
    <p class="project">
      <strong>${data?.scheduler.projectName ?? 'al'}</strong>
      ${data !== undefined && html`<span class="env">${data.scheduler.environment}</span>`}
    </p>
    ${data !== undefined && html`<${Counts} status=${data} />`}
    <div class="actions">
      ${
        data !== undefined &&
        (paused
          ? html`<${Act} key="resume" text="Resume all" class="primary" path="/control/resume" then=${refresh} />`
          : html`<${Act} key="pause" text="Pause all" path="/control/pause" then=${refresh} />`)
      }
      <button type="button" onClick=${logOut}>Log out</button>
    </div>
  </header>`
}

function Counts({ status: { agents, scheduler, running } }: { readonly status: Status }) {
  const now = useNow()
  const waiting = agents.reduce((sum, { queuedWebhooks }) => sum + queuedWebhooks, 0)
  const facts = [
    `${running} running`,
    ...(waiting === 0 ? [] : [`${waiting} waiting`]),
    formatCount(agents.length, 'agent'),
    formatCount(scheduler.cronJobCount, 'schedule'),
    ...(scheduler.startedAt === undefined ? [] : [`up ${formatDuration(Math.max(0, now - scheduler.startedAt))}`]),
  ]
  return html`<p class="counts">${facts.map((fact) => html`<span>${fact}</span>`)}</p>`
}

const whys: Readonly<Record<string, string>> = {
  quota: 'its account has nothing left',
  auth: 'it does not take the key',
}

/** What concerns everything, above every view. */
function Banners({ status: { data, refresh } }: { readonly status: Polled<Status> }) {
  const [lost, setLost] = useState(connection.lost)
  useEffect(() => {
    const look = () => setLost(connection.lost)
    connection.listeners.add(look)
    return () => {
      connection.listeners.delete(look)
    }
  }, [])
  const blocked = Object.entries(data?.scheduler.blocked ?? {})
  return html`<div class="banners" role="status">
    ${lost !== undefined && html`<p class="banner bad">No connection to the gateway since <${When} at=${lost} />. What you see is from then; it is tried again.</p>`}
    ${data?.scheduler.paused === true && html`<p class="banner">Paused: nothing starts until you resume. Webhooks and calls wait, schedules are skipped.</p>`}
    ${blocked.map(
      ([what, { why, until, probe }]) =>
        html`<div key=${what} class="banner">
          <p><strong>${what}</strong> refuses (${whys[why] ?? why}): nothing starts on it. ${probe === undefined ? html`One run tries again <${When} at=${until} ahead />.` : html`<${RunLink} id=${probe} /> tries it.`}</p>
          ${data?.scheduler.paused !== true && html`<${Act} text="Try again now" about=${what} path="/control/resume" then=${refresh} />`}
        </div>`,
    )}
  </div>`
}
