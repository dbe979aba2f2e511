import { secretIn } from './secrets.ts'

const longest = 60

/**
 * A value the way a message may show it: short, on one line, and never one that could be a secret. Long text without a
 * space is withheld as well, since tokens look like that and names do not.
 */
export function quote(value: unknown): string {
  if (typeof value === 'string') {
    if (secretIn(value) !== undefined || (value.length > 20 && looksRandom(value)) || value.length > longest) {
      return `a text of ${value.length} characters`
    }
    return JSON.stringify(value)
  }
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Date) return 'a date'
  return typeof value === 'object' && value !== null ? 'a table' : 'nothing'
}

/** Letters and digits mixed, without the separators that names and paths have: more like a token than a word. */
const looksRandom = (text: string): boolean => /\d/.test(text) && /[A-Za-z]/.test(text) && !/[\s/.:]/.test(text)
