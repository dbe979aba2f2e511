const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** How long something took, in its two largest units: `<1s`, `45s`, `2m 5s`, `1h 3m`, `2d 4h`. `ms` are milliseconds. */
export function formatDuration(ms: number): string {
  if (ms < second) return '<1s'
  if (ms < minute) return `${Math.floor(ms / second)}s`
  if (ms < hour) return two(ms, [minute, 'm'], [second, 's'])
  if (ms < day) return two(ms, [hour, 'h'], [minute, 'm'])
  return two(ms, [day, 'd'], [hour, 'h'])
}

function two(ms: number, [large, largeName]: [number, string], [small, smallName]: [number, string]): string {
  const rest = Math.floor((ms % large) / small)
  return `${Math.floor(ms / large)}${largeName}${rest === 0 ? '' : ` ${rest}${smallName}`}`
}

/** How long ago something was: `now`, `12 s ago`, `4 min ago`, `3 h ago`, `2 d ago`. A moment that is to come is `now`. */
export const formatAge = (at: number, now: number): string => distance(now - at, (text) => `${text} ago`)

/** When something will be: `now`, `in 12 s`, `in 4 min`, `in 3 h`, `in 2 d`. A moment that has passed is `now`. */
export const formatUntil = (at: number, now: number): string => distance(at - now, (text) => `in ${text}`)

/** One unit is enough for a distance: the next smaller one would only flicker. */
function distance(ms: number, phrase: (text: string) => string): string {
  if (ms < second) return 'now'
  if (ms < minute) return phrase(`${Math.floor(ms / second)} s`)
  if (ms < hour) return phrase(`${Math.floor(ms / minute)} min`)
  if (ms < day) return phrase(`${Math.floor(ms / hour)} h`)
  return phrase(`${Math.floor(ms / day)} d`)
}

/** A number of tokens in at most six characters: `950`, `12.3k`, `4.1M`, `2.0G`. */
export function formatTokens(tokens: number): string {
  let shown = tokens
  for (const unit of ['', 'k', 'M']) {
    // What would be rounded up to 1000 belongs to the next unit.
    if (unit === '' ? shown < 1000 : shown < 999.95) return unit === '' ? String(shown) : `${shown.toFixed(1)}${unit}`
    shown /= 1000
  }
  return `${shown.toFixed(1)}G`
}

/** US dollars: `$0.00`, `<$0.01`, `$0.04`, `$12.30`, from a thousand on without cents: `$1,234`. */
export function formatDollars(usd: number): string {
  if (usd > 0 && usd < 0.005) return '<$0.01'
  return usd < 999.995 ? `$${usd.toFixed(2)}` : `$${Math.round(usd).toLocaleString('en-US')}`
}

/** A count with its noun: `1 run`, `2 runs`. */
export const formatCount = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
