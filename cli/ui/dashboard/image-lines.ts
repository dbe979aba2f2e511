import type { Line } from './line.ts'
import type { ImageState } from './options.ts'
import type { State } from './state.ts'
import type { Symbols } from './symbols.ts'

/** What a narrow screen shows first. */
const order: readonly ImageState[] = ['failed', 'building', 'waiting', 'ready']

/** Milliseconds that a frame of the spinner is shown. */
export const spinnerMs = 120

/** A line per image, in the order they came; where they do not fit, what needs attention comes first and the rest is counted. */
export function imageLines({ images, now }: State, rows: number, symbols: Symbols): Line[] {
  const all = [...images]
  if (all.length <= rows) return all.map((image) => imageLine(image, now, symbols))
  const sorted = all.toSorted(([, a], [, b]) => order.indexOf(a.state) - order.indexOf(b.state))
  const visible = sorted.slice(0, Math.max(0, rows - 1))
  const rest = Map.groupBy(sorted.slice(visible.length), ([, { state }]) => state)
  const counts = [...rest].map(([state, { length }]) => `${length} ${state}`)
  return [
    ...visible.map((image) => imageLine(image, now, symbols)),
    [{ text: `  and ${counts.join(', ')}`, dim: true }],
  ]
}

type Image = State['images'] extends ReadonlyMap<infer K, infer V> ? readonly [K, V] : never

function imageLine([key, { state, detail }]: Image, now: number, symbols: Symbols): Line {
  const name = { text: ` ${key}` }
  const more = { text: detail === '' ? '' : `  ${detail}` }
  switch (state) {
    case 'waiting':
      return [
        { text: ` ${symbols.waiting}`, dim: true },
        { ...name, dim: true },
      ]
    case 'building': {
      const frame = symbols.spinner[Math.floor(now / spinnerMs) % symbols.spinner.length] ?? ''
      return [{ text: ` ${frame}`, color: 'cyan' }, name, { ...more, dim: true }]
    }
    case 'ready':
      return [{ text: ` ${symbols.ready}`, color: 'green' }, name]
    case 'failed':
      return [{ text: ` ${symbols.failed}`, color: 'red' }, name, { ...more, color: 'red' }]
  }
}
