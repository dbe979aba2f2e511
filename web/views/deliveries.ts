import { useState } from 'preact/hooks'
import { ask } from '../ask.ts'
import { html } from '../html.ts'
import { say } from '../notice.ts'
import { Act } from '../parts/actions.ts'
import { RunLink } from '../parts/began.ts'
import { Mark } from '../parts/mark.ts'
import { When } from '../parts/time.ts'
import { Empty, Loaded, View } from '../parts/view.ts'
import { usePoll } from '../poll.ts'
import { at, Link } from '../router.ts'
import type { Delivery } from '../wire.ts'

interface Page {
  readonly deliveries: readonly Delivery[]
  readonly next: string | null
}

/** What came in by webhook, and why it started what it started. */
export function Deliveries() {
  const newest = usePoll<Page>('/control/deliveries')
  const [older, setOlder] = useState<Page>()
  const more = async (after: string) => {
    try {
      const page = await ask<Page>('GET', `/control/deliveries?limit=100&after=${after}`)
      setOlder({ ...page, deliveries: [...(older?.deliveries ?? []), ...page.deliveries] })
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), true)
    }
  }
  return html`<${View} title="Deliveries">
    <${Loaded} of=${newest}>${({ deliveries, next }: Page) => {
      const known = new Set(deliveries.map(({ id }) => id))
      const all = [...deliveries, ...(older?.deliveries ?? []).filter(({ id }) => !known.has(id))]
      const after = older === undefined ? next : older.next
      if (all.length === 0) {
        return html`<${Empty} title="No delivery in the last seven days">Point a webhook at <code>/webhooks/<i>source</i></code> of this gateway, or try one with <code>al webhook test</code>. One with a wrong signature is not kept: it is in the log, <code>al logs</code>.<//>`
      }
      return html`<ul class="deliveries">${all.map((one) => html`<${One} key=${one.id} delivery=${one} then=${newest.refresh} />`)}</ul>
        ${after !== null && html`<p><button type="button" onClick=${() => more(after)}>Older deliveries</button></p>`}`
    }}<//>
  <//>`
}

function One({ delivery, then }: { readonly delivery: Delivery; readonly then: () => void }) {
  const { id, at: time, sources, event, action, repo, title, sender, ignored, again, agents } = delivery
  const name = [event, action].filter((part) => part !== undefined && part !== '').join(' ')
  const started = agents.filter(({ result }) => result === 'started' || result === 'queued')
  return html`<li>
    <div class="delivery">
      <h2>${name || 'event'} <span class="quiet">${repo}</span></h2>
      <p class="quiet">${sources.join(', ')} · <${When} at=${time} />${sender !== undefined && ` · ${sender}`}${again !== undefined && ' · run again by hand'}</p>
      <div class="actions">
        ${ignored === undefined && html`<${Act} text="Run again" about=${name} path=${`/control/deliveries/${id}/again`} then=${then} />`}
      </div>
      ${title !== undefined && title !== '' && html`<p class="title">${title}</p>`}
    </div>
    ${ignored !== undefined && html`<p class="said">It starts nothing: ${ignored}.</p>`}
    ${ignored === undefined && agents.length === 0 && html`<p class="said">No agent listens to this source.</p>`}
    ${
      agents.length > 0 &&
      html`<table class="results">
      <caption class="unseen">What came of ${name} for each agent</caption>
      <thead class="unseen"><tr><th scope="col">Agent</th><th scope="col">Result</th><th scope="col">Run or reason</th></tr></thead>
      <tbody>
        ${agents.map(
          ({ agent, result, run, why }) => html`<tr key=${agent}>
            <th scope="row"><${Link} to=${at('agents', agent)}>${agent}<//></th>
            <td><${Mark} state=${result} text=${results[result]} /></td>
            <td class="why">${run !== undefined && html`<${RunLink} id=${run} />`} ${why}</td>
          </tr>`,
        )}
      </tbody>
    </table>`
    }
    ${started.length === 0 && agents.length > 0 && html`<p class="said">It started nothing.</p>`}
  </li>`
}

const results: Readonly<Record<Delivery['agents'][number]['result'], string>> = {
  started: 'started',
  queued: 'waits for a slot',
  budget_exceeded: 'over a limit',
  duplicate: 'came before',
  refused: 'refused',
  unmatched: 'no match',
}
