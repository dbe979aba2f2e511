import { useState } from 'preact/hooks'
import { formatDollars, formatDuration } from '../../core/format.ts'
import type { ViewProps } from '../app.ts'
import { ask } from '../ask.ts'
import { html } from '../html.ts'
import { say } from '../notice.ts'
import { KillAgent, PauseOrResume, RunNow } from '../parts/actions.ts'
import { Log } from '../parts/log.ts'
import { RunTable } from '../parts/run-table.ts'
import { When } from '../parts/time.ts'
import { Empty, Loaded, View } from '../parts/view.ts'
import { usePoll } from '../poll.ts'
import { at, Link } from '../router.ts'
import type { Agent, Run, Status } from '../wire.ts'
import { AgentState } from './agents.ts'

interface RunPage {
  readonly runs: readonly Run[]
  readonly next: string | null
}

/** One agent: what it is, what it does, what it has done. */
export function AgentPage({ id = '', status }: ViewProps) {
  const path = `/control/agents/${encodeURIComponent(id)}/runs`
  const runs = usePoll<RunPage>(`${path}?limit=20`)
  const [older, setOlder] = useState<RunPage>()
  const agent = status.data?.agents.find(({ name }) => name === id)
  const then = () => {
    status.refresh()
    runs.refresh()
  }
  const more = async (after: string) => {
    try {
      const page = await ask<RunPage>('GET', `${path}?limit=50&after=${after}`)
      setOlder({ ...page, runs: [...(older?.runs ?? []), ...page.runs] })
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), true)
    }
  }
  const above = html`<p class="above"><${Link} to="/dashboard">Agents<//></p>`
  const beside =
    agent &&
    html`<div class="actions"><${RunNow} agent=${agent} then=${then} /><${PauseOrResume} agent=${agent} then=${then} /><${KillAgent} agent=${agent} then=${then} /></div>`
  return html`<${View} title=${id} above=${above} beside=${beside}>
    ${agent && html`<${Facts} agent=${agent} status=${status.data} />`}
    <h2>Runs</h2>
    <${Loaded} of=${runs}>${({ runs: newest, next }: RunPage) => {
      // What was looked up before may have moved a page down.
      const known = new Set(newest.map((run) => run.id))
      const all = [...newest, ...(older?.runs ?? []).filter((run) => !known.has(run.id))]
      const after = older === undefined ? next : older.next
      if (all.length === 0)
        return html`<${Empty} title="It has not run yet">Press <strong>Run</strong> to start it now.<//>`
      return html`<${RunTable} runs=${all} then=${then} />
        ${after !== null && html`<p><button type="button" onClick=${() => more(after)}>Older runs</button></p>`}`
    }}<//>
    <h2>Log</h2>
    <${Log} agent=${id} live />
  <//>`
}

function Facts({ agent, status }: { readonly agent: Agent; readonly status: Status | undefined }) {
  const { schedule, nextRunAt, scale, compute, timeoutSeconds, triggers, statusText } = agent
  const limits = (status?.limits ?? []).filter((limit) => limit.scope === 'agent' && limit.agent === agent.name)
  return html`<dl class="facts">
    <div><dt>State</dt><dd><${AgentState} agent=${agent} />${statusText !== null && html`<p class="said">${statusText}</p>`}</dd></div>
    <div><dt>Schedule</dt><dd>${schedule === null ? html`<span class="none">none</span>` : html`<code>${schedule.line}</code> ${schedule.timezone}`}</dd></div>
    ${schedule !== null && html`<div><dt>Next run</dt><dd><${When} at=${nextRunAt} ahead /></dd></div>`}
    <div><dt>At once</dt><dd class="num">${scale}</dd></div>
    <div><dt>Runs on</dt><dd>${compute}, at most ${formatDuration(timeoutSeconds * 1000)}</dd></div>
    ${limits.map(({ what, limit, spent }) => html`<div><dt>${what}</dt><dd class="num">${amount(what, spent)} of ${amount(what, limit)} today</dd></div>`)}
    ${triggers.map(
      ({ source, filters }) =>
        html`<div class="long"><dt>Webhook ${source}</dt><dd>${Object.keys(filters).length === 0 ? 'every event' : html`<code>${describe(filters)}</code>`} <${Link} to=${at('deliveries')}>Deliveries<//></dd></div>`,
    )}
  </dl>`
}

const amount = (what: string, value: number): string =>
  what === 'maxCostPerDay' ? formatDollars(value) : String(value)

const describe = (filters: Readonly<Record<string, unknown>>): string =>
  Object.entries(filters)
    .map(([key, value]) => `${key} = ${Array.isArray(value) ? value.join(', ') : String(value)}`)
    .join(' · ')
