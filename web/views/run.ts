import { formatTokens } from '../../core/format.ts'
import type { ViewProps } from '../app.ts'
import { html } from '../html.ts'
import { Act, KillRun } from '../parts/actions.ts'
import { Dollars } from '../parts/amounts.ts'
import { Began, RunLink } from '../parts/began.ts'
import { Log } from '../parts/log.ts'
import { Mark, stateOf } from '../parts/mark.ts'
import { Took, When } from '../parts/time.ts'
import { Loaded, View } from '../parts/view.ts'
import { usePoll } from '../poll.ts'
import { at, Link } from '../router.ts'
import type { Run } from '../wire.ts'

/** One run, with its log as it is written. */
export function RunPage({ id = '' }: ViewProps) {
  const run = usePoll<Run>(`/control/runs/${encodeURIComponent(id)}`)
  const { data } = run
  const above = html`<p class="above"><${Link} to=${at('runs')}>Runs<//>${data && html` / <${Link} to=${at('agents', data.agentName)}>${data.agentName}<//>`}</p>`
  const beside =
    data &&
    html`<div class="actions">${
      data.status === 'done'
        ? html`<${Act} key="again" text="Run again" about=${id} path=${`/control/runs/${id}/retry`} then=${run.refresh} />`
        : html`<${KillRun} key="kill" run=${data} then=${run.refresh} />`
    }</div>`
  return html`<${View} title=${id} above=${above} beside=${beside}>
    <${Loaded} of=${run}>${(shown: Run) => html`<${Facts} run=${shown} />
      <h2>Log</h2>
      <${Log} agent=${shown.agentName} run=${shown.id} live=${shown.status !== 'done'} />`}<//>
  <//>`
}

function Facts({ run }: { readonly run: Run }) {
  const { statusText, reason, code, startedAt, createdAt, endedAt, deadline, usage, next, chain, rerun, stopping } = run
  return html`<dl class="facts">
    <div><dt>Status</dt><dd><${Mark} state=${stateOf(run)} />${code !== undefined && code !== 0 && html` <span class="num">exit code ${code}</span>`}</dd></div>
    ${statusText !== undefined && html`<div class="long"><dt>Said last</dt><dd>${statusText}</dd></div>`}
    ${reason !== undefined && html`<div class="long"><dt>Why</dt><dd>${reason}</dd></div>`}
    ${stopping !== undefined && endedAt === undefined && html`<div class="long"><dt>Told to stop</dt><dd>${stopping}</dd></div>`}
    <div><dt>Began by</dt><dd><${Began} run=${run} /></dd></div>
    <div><dt>Began</dt><dd><${When} at=${startedAt ?? createdAt} /></dd></div>
    <div><dt>Took</dt><dd><${Took} from=${startedAt} to=${endedAt} /></dd></div>
    ${deadline !== undefined && endedAt === undefined && html`<div><dt>Ends at the latest</dt><dd><${When} at=${deadline} ahead /></dd></div>`}
    <div><dt>Cost</dt><dd><${Dollars} usd=${usage?.cost} /></dd></div>
    ${usage !== undefined && html`<div><dt>Tokens</dt><dd class="num">${tokens(usage)}</dd></div>`}
    ${usage?.turnCount !== undefined && html`<div><dt>Turns</dt><dd class="num">${usage.turnCount}</dd></div>`}
    ${rerun > 0 && html`<div><dt>Rerun</dt><dd class="num">${rerun}</dd></div>`}
    ${chain.length > 0 && html`<div class="long"><dt>Called by</dt><dd>${chain.map((id, i) => html`${i > 0 && ' → '}<${RunLink} id=${id} />`)}</dd></div>`}
    ${next !== undefined && html`<div><dt>Goes on in</dt><dd><${RunLink} id=${next} /></dd></div>`}
  </dl>`
}

function tokens({
  totalTokens = 0,
  inputTokens,
  outputTokens,
  cacheReadTokens,
}: Readonly<Record<string, number>>): string {
  const parts = [
    [inputTokens, 'in'],
    [outputTokens, 'out'],
    [cacheReadTokens, 'from the cache'],
  ] as const
  const shown = parts.flatMap(([count, what]) =>
    count === undefined || count === 0 ? [] : [`${formatTokens(count)} ${what}`],
  )
  return `${formatTokens(totalTokens)}${shown.length === 0 ? '' : ` (${shown.join(', ')})`}`
}
