import { formatDollars, formatTokens } from '../../core/format.ts'
import { html } from '../html.ts'

const none = html`<span class="none">–</span>`

type Usage = Readonly<Record<string, number>> | null | undefined

export const Tokens = ({ of }: { readonly of: Usage }) =>
  of?.totalTokens === undefined ? none : html`<span class="num">${formatTokens(of.totalTokens)}</span>`

export const Dollars = ({ usd }: { readonly usd: number | undefined }) =>
  usd === undefined ? none : html`<span class="num">${formatDollars(usd)}</span>`
