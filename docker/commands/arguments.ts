import { UsageError } from './command.ts'

export interface Parsed {
  /** What is no option, in order. */
  readonly rest: readonly string[]
  /** The value of the option, if it was given. */
  readonly value?: string
}

/**
 * Reads arguments that may hold one option with a value, anywhere: `--ttl 60` or `--ttl=60`. Everything else is data,
 * whatever it looks like, and so is everything after `--`. Throws `UsageError` for an option without its value, or twice.
 */
export function withOption(name: `--${string}`, args: readonly string[]): Parsed {
  const rest: string[] = []
  let value: string | undefined
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? ''
    if (arg === '--') {
      rest.push(...args.slice(i + 1))
      break
    }
    const isOption = arg === name || arg.startsWith(`${name}=`)
    if (!isOption) {
      rest.push(arg)
      continue
    }
    if (value !== undefined) throw new UsageError(`${name} was given twice`)
    value = arg === name ? args[++i] : arg.slice(name.length + 1)
    if (value === undefined) throw new UsageError(`${name} needs a value`)
  }
  return value === undefined ? { rest } : { rest, value }
}

/** A whole number of an option, within bounds. Throws `UsageError`. */
export function wholeNumber(name: string, text: string, { min, max }: { min: number; max: number }): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (number >= min && number <= max) return number
  throw new UsageError(`${name} must be a whole number of seconds from ${min} to ${max}, not "${text.slice(0, 50)}"`)
}

/** The one argument a command takes. Throws `UsageError` when there is none, an empty one, or more. */
export function onlyOne(what: string, args: readonly string[]): string {
  const [first = '', ...more] = args
  if (first === '') throw new UsageError(`missing ${what}`)
  if (more.length > 0) throw new UsageError(`more than one ${what}: quote one that has spaces`)
  return first
}
