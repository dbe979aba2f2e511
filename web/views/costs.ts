import { formatDollars, formatTokens } from '../../core/format.ts'
import type { ViewProps } from '../app.ts'
import { html } from '../html.ts'
import { Empty, Loaded, View } from '../parts/view.ts'
import { seldom, usePoll } from '../poll.ts'
import { at, Link } from '../router.ts'
import type { DaysSpent, Status } from '../wire.ts'

type Day = DaysSpent['days'][number]

const days = 30

/** What the last days have cost, by day and by agent, and how much of the limits is left. */
export function Costs({ status }: ViewProps) {
  const spent = usePoll<DaysSpent>(`/control/costs?days=${days}`, seldom)
  return html`<${View} title="Cost" beside=${html`<p class="quiet">Days are UTC</p>`}>
    ${status.data !== undefined && html`<${Limits} limits=${status.data.limits} />`}
    <${Loaded} of=${spent}>${({ days: all }: DaysSpent) => {
      const used = all.filter(({ project }) => project.runs > 0 || project.cost > 0 || project.tokens > 0)
      if (used.length === 0) {
        return html`<${Empty} title="Nothing was spent in the last ${days} days">Runs report tokens and cost while they work; what they add up to stands here, and <code>[limits]</code> in config.toml bounds it.<//>`
      }
      return html`${used.length > 1 && html`<${Chart} days=${all.toReversed()} />`}
        <h2>By day</h2><${ByDay} days=${used} />
        <h2>By agent</h2><${ByAgent} days=${used} />`
    }}<//>
  <//>`
}

function Limits({ limits }: { readonly limits: Status['limits'] }) {
  if (limits.length === 0) return null
  return html`<h2>Limits today</h2>
    <ul class="limits">
      ${limits.map(({ scope, agent, what, limit, spent }) => {
        const amount = what === 'maxCostPerDay' ? formatDollars : String
        const share = Math.min(1, spent / limit)
        const tone = share >= 1 ? 'bad' : share >= 0.8 ? 'warn' : ''
        const name = `${scope === 'project' ? 'Project' : agent}: ${what === 'maxCostPerDay' ? 'cost' : 'runs'}`
        return html`<li class=${tone}>
          <span>${name}</span>
          <meter min="0" max="1" low="0.8" high="0.999" optimum="0" value=${share} aria-label=${name}></meter>
          <span class="num">${amount(spent)} of ${amount(limit)}${share >= 1 ? ': reached' : ''}</span>
        </li>`
      })}
    </ul>`
}

const sum = (list: readonly Day[]): number => list.reduce((all, { project }) => all + project.cost, 0)

/** Bars for the eye; the table below says the same in words. */
function Chart({ days }: { readonly days: readonly Day[] }) {
  const top = Math.max(...days.map(({ project }) => project.cost), 0.000001)
  const [first, last] = [days[0]?.day, days.at(-1)?.day]
  return html`<figure class="chart">
    <svg viewBox="0 0 ${days.length * 10} 60" preserveAspectRatio="none" aria-hidden="true">
      ${days.map(({ day, project }, i) => {
        const height = Math.max(project.cost > 0 ? 1 : 0.4, (project.cost / top) * 58)
        return html`<rect key=${day} x=${i * 10 + 1} y=${60 - height} width="8" height=${height} class=${project.cost > 0 ? 'bar' : 'bar zero'} />`
      })}
    </svg>
    <figcaption><span>${first}</span><span><strong>${formatDollars(sum(days))}</strong> in ${days.length} days</span><span>${last}</span></figcaption>
  </figure>`
}

const ByDay = ({ days: list }: { readonly days: readonly Day[] }) =>
  html`<${Amounts} first="Day" rows=${list.map(({ day, project }) => ({ name: day, ...project }))} />`

function ByAgent({ days: list }: { readonly days: readonly Day[] }) {
  const all = new Map<string, { runs: number; cost: number; tokens: number }>()
  for (const [name, { runs, cost, tokens }] of list.flatMap(({ agents }) => Object.entries(agents))) {
    const before = all.get(name) ?? { runs: 0, cost: 0, tokens: 0 }
    all.set(name, { runs: before.runs + runs, cost: before.cost + cost, tokens: before.tokens + tokens })
  }
  const rows = [...all]
    .map(([name, one]) => ({ name, link: at('agents', name), ...one }))
    .sort((a, b) => b.cost - a.cost)
  return html`<${Amounts} first="Agent" rows=${rows} />`
}

interface Amount {
  readonly name: string
  readonly link?: string
  readonly runs: number
  readonly cost: number
  readonly tokens: number
}

const Amounts = ({ first, rows }: { readonly first: string; readonly rows: readonly Amount[] }) =>
  html`<table class="amounts">
    <thead><tr><th scope="col">${first}</th><th scope="col" class="r">Runs</th><th scope="col" class="r">Tokens</th><th scope="col" class="r">Cost</th></tr></thead>
    <tbody>
      ${rows.map(
        ({ name, link, runs, cost, tokens }) => html`<tr key=${name}>
          <th scope="row">${link === undefined ? name : html`<${Link} to=${link}>${name}<//>`}</th>
          <td class="r num">${runs}</td>
          <td class="r num">${formatTokens(tokens)}</td>
          <td class="r num">${formatDollars(cost)}</td>
        </tr>`,
      )}
    </tbody>
  </table>`
