import { html } from '../html.ts'
import { RunLink } from '../parts/began.ts'
import { Mark } from '../parts/mark.ts'
import { Took, When } from '../parts/time.ts'
import { Empty, Loaded, View } from '../parts/view.ts'
import { usePoll } from '../poll.ts'
import type { Call } from '../wire.ts'

interface Calls {
  readonly calls: readonly Call[]
}

/** Who called whom, as a tree: below a run stand the runs it called for. */
export function Calls() {
  const polled = usePoll<Calls>('/control/calls?limit=200')
  return html`<${View} title="Calls">
    <${Loaded} of=${polled}>${({ calls }: Calls) => {
      if (calls.length === 0) {
        return html`<${Empty} title="No agent has called another">An agent calls one with <code>al-call</code>, and waits for its answer with <code>al-wait</code>.<//>`
      }
      const by = Map.groupBy(calls, ({ caller }) => caller)
      const called = new Set(calls.map(({ id }) => id))
      const roots = [...by.keys()].filter((caller) => !called.has(caller))
      return html`<ul class="tree">${roots.map((id) => html`<li key=${id}><div class="node"><${RunLink} id=${id} /></div><${Branch} of=${id} by=${by} /></li>`)}</ul>`
    }}<//>
  <//>`
}

/** A chain of calls is at most a few levels deep. */
function Branch({ of, by }: { readonly of: string; readonly by: ReadonlyMap<string, readonly Call[]> }) {
  const calls = by.get(of)
  if (calls === undefined) return null
  return html`<ul>
    ${calls.map(
      ({ id, status, outcome, reason, createdAt, endedAt }) => html`<li key=${id}>
        <div class="node">
          <${RunLink} id=${id} />
          <${Mark} state=${status === 'done' ? (outcome ?? 'done') : status} />
          <span class="quiet"><${When} at=${createdAt} />, <${Took} from=${createdAt} to=${endedAt} /></span>
          ${outcome !== 'completed' && reason !== undefined && html`<span class="said bad">${reason}</span>`}
        </div>
        <${Branch} of=${id} by=${by} />
      </li>`,
    )}
  </ul>`
}
