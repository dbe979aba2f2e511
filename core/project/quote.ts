import { secretIn } from './secrets.ts'

const longest = 60

/**
 * A value the way a message may show it: short, on one line, and never one that could be a secret. Long text, and text with
 * something random in it, is withheld as well, since tokens look like that and names do not.
 */
export function quote(value: unknown): string {
  if (typeof value === 'string') {
    if (looksSecret(value) || value.length > longest) {
      return `a text of ${value.length} characters`
    }
    return JSON.stringify(value)
  }
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Date) return 'a date'
  return typeof value === 'object' && value !== null ? 'a table' : 'nothing'
}

/** Whether a message should rather not repeat this text. */
export const looksSecret = (text: string): boolean => secretIn(text) !== undefined || looksRandom(text)

/**
 * Whether a part of the text is more like a token than a word: long, letters and digits mixed, without the separators
 * that names and paths have. Base64 has `/` in it, and capitals, small letters and digits all over.
 */
const looksRandom = (text: string): boolean =>
  text.split(/[^A-Za-z0-9+=_-]+/).some((part) => isLong(part) && /\d/.test(part) && /[A-Za-z]/.test(part)) ||
  text
    .split(/[^A-Za-z0-9+/=_-]+/)
    .some((part) => isLong(part) && /\d/.test(part) && /[a-z]/.test(part) && /[A-Z]/.test(part))

const isLong = (part: string): boolean => part.length > 20
