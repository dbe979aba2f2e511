import { html } from '../html.ts'
import { at, Link } from '../router.ts'
import type { Run } from '../wire.ts'
import { Act, KillRun } from './actions.ts'
import { Dollars, Tokens } from './amounts.ts'
import { Began } from './began.ts'
import { Mark, stateOf } from './mark.ts'
import { Took, When } from './time.ts'

/** Runs, a row each. */
export function RunTable({
  runs,
  then,
  agents = false,
}: {
  readonly runs: readonly Run[]
  readonly then: () => void
  readonly agents?: boolean
}) {
  return html`<table class="runs">
    <thead>
      <tr>
        <th scope="col">Run</th>
        <th scope="col">Status</th>
        <th scope="col" class="mid">When</th>
        <th scope="col" class="wide">Began by</th>
        <th scope="col" class="mid r">Took</th>
        <th scope="col" class="wide r">Tokens</th>
        <th scope="col" class="r">Cost</th>
        <th scope="col"><span class="unseen">Actions</span></th>
      </tr>
    </thead>
    <tbody>${runs.map((run) => html`<${Row} key=${run.id} run=${run} then=${then} agents=${agents} />`)}</tbody>
  </table>`
}

function Row({ run, then, agents }: { readonly run: Run; readonly then: () => void; readonly agents: boolean }) {
  const { id, agentName, statusText, reason, startedAt, createdAt, endedAt, usage, status, outcome } = run
  const suffix = id.slice(agentName.length + 1)
  const bad = outcome !== undefined && outcome !== 'completed' && outcome !== 'rerun'
  const said = status === 'done' ? (bad ? reason : undefined) : statusText
  return html`<tr>
    <th scope="row">
      <${Link} to=${at('runs', id)}>${agents && html`${agentName} `}<span class="id">${suffix.slice(-8)}</span><//>
      ${said !== undefined && html`<p class=${bad ? 'said bad' : 'said'}>${said}</p>`}
    </th>
    <td><${Mark} state=${stateOf(run)} /></td>
    <td class="mid"><${When} at=${startedAt ?? createdAt} /></td>
    <td class="wide"><${Began} run=${run} /></td>
    <td class="mid r"><${Took} from=${startedAt} to=${endedAt} /></td>
    <td class="wide r"><${Tokens} of=${usage} /></td>
    <td class="r"><${Dollars} usd=${usage?.cost} /></td>
    <td class="r"><div class="actions">${
      status === 'done'
        ? html`<${Act} key="again" text="Run again" about=${id} path=${`/control/runs/${id}/retry`} then=${then} />`
        : html`<${KillRun} key="kill" run=${run} then=${then} />`
    }</div></td>
  </tr>`
}
