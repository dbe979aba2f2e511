import { useState } from 'preact/hooks'
import { html } from '../html.ts'
import { RunTable } from '../parts/run-table.ts'
import { Empty, Loaded, View } from '../parts/view.ts'
import { usePoll } from '../poll.ts'
import type { Run } from '../wire.ts'

const most = 200

/** The newest runs of all agents. */
export function Runs() {
  const [limit, setLimit] = useState(50)
  const runs = usePoll<{ readonly runs: readonly Run[] }>(`/control/runs?limit=${limit}`)
  return html`<${View} title="Runs">
    <${Loaded} of=${runs}>${({ runs: shown }: { readonly runs: readonly Run[] }) =>
      shown.length === 0
        ? html`<${Empty} title="Nothing has run yet">Start an agent with <strong>Run</strong> in the view Agents, or with <code>al run</code>.<//>`
        : html`<${RunTable} runs=${shown} then=${runs.refresh} agents />
            ${shown.length === limit && limit < most && html`<p><button type="button" onClick=${() => setLimit(most)}>Older runs</button></p>`}
            ${shown.length === most && html`<p class="hint">These are the newest ${most}. Those of one agent go back further: choose it in the view Agents.</p>`}`}<//>
  <//>`
}
