import { formatDuration } from '../../core/format.ts'
import type { ViewProps } from '../app.ts'
import { html } from '../html.ts'
import { KillAgent, PauseOrResume, RunNow } from '../parts/actions.ts'
import { Dollars } from '../parts/amounts.ts'
import { Mark } from '../parts/mark.ts'
import { When } from '../parts/time.ts'
import { Empty, Loaded, View } from '../parts/view.ts'
import { at, Link } from '../router.ts'
import type { Agent, Status } from '../wire.ts'

/** The first view: every agent, what it does, when it comes again, and what one can do about it. */
export function Agents({ status }: ViewProps) {
  return html`<${View} title="Agents">
    <${Loaded} of=${status}>${({ agents }: Status) =>
      agents.length === 0
        ? html`<${Empty} title="No agents yet">Make one with <code>al agent new</code>; it appears here when the project is started or deployed.<//>`
        : html`<table class="agents">
            <thead>
              <tr>
                <th scope="col">Agent</th>
                <th scope="col">State</th>
                <th scope="col" class="wide">Last run</th>
                <th scope="col" class="wide r">Took</th>
                <th scope="col" class="wide r">Cost</th>
                <th scope="col" class="mid">Next run</th>
                <th scope="col"><span class="unseen">Actions</span></th>
              </tr>
            </thead>
            <tbody>${agents.map((agent) => html`<${Row} key=${agent.name} agent=${agent} then=${status.refresh} />`)}</tbody>
          </table>`}<//>
  <//>`
}

function Row({ agent, then }: { readonly agent: Agent; readonly then: () => void }) {
  const { name, lastRunAt, lastRunDuration, lastRunUsage, lastOutcome, nextRunAt, statusText, lastError } = agent
  return html`<tr>
    <th scope="row">
      <${Link} to=${at('agents', name)}>${name}<//>
      ${nextRunAt !== null && html`<p class="said narrow">next <${When} at=${nextRunAt} ahead /></p>`}
      ${
        statusText !== null
          ? html`<p class="said">${statusText}</p>`
          : lastError !== null && html`<p class="said bad">${lastError}</p>`
      }
    </th>
    <td><${AgentState} agent=${agent} /></td>
    <td class="wide">${lastRunAt === null ? html`<span class="none">never</span>` : html`<${Mark} state=${lastOutcome ?? 'done'} text="" /><${When} at=${lastRunAt} />`}</td>
    <td class="wide r num">${lastRunDuration === null ? '' : formatDuration(lastRunDuration)}</td>
    <td class="wide r"><${Dollars} usd=${lastRunUsage?.cost} /></td>
    <td class="mid"><${When} at=${nextRunAt} ahead /></td>
    <td class="r"><div class="actions"><${RunNow} agent=${agent} then=${then} /><${PauseOrResume} agent=${agent} then=${then} /><${KillAgent} agent=${agent} then=${then} /></div></td>
  </tr>`
}

/** What an agent does now, in a word, with how many do it and how many wait. */
export function AgentState({ agent }: { readonly agent: Agent }) {
  const { enabled, scale, runningCount, queuedWebhooks } = agent
  const state = scale === 0 ? 'off' : runningCount > 0 ? 'running' : enabled ? 'idle' : 'paused'
  const share = runningCount > 0 && scale > 1 ? ` ${runningCount}/${scale}` : ''
  const paused = runningCount > 0 && !enabled ? ', paused' : ''
  return html`<${Mark} state=${state} text=${`${state}${share}${paused}`} />
    ${queuedWebhooks > 0 && html`<span class="queue">${queuedWebhooks} waiting</span>`}`
}
