import { blockJson } from './escape.ts'
import type { WebhookContext } from './provider.ts'

/** What a provider found for each field, of any type: the border to `WebhookContext` is `toContext`. */
export type Fields = { readonly [Field in Exclude<keyof WebhookContext, 'source' | 'event'>]?: unknown }

/** Characters (UTF-16 units) kept of a body or comment before `...` is added. */
const maxText = 4_000
/** Characters of a title or URL, `...` included. */
const maxLine = 1_000
/** Characters of a name: an event, a login, a label. */
const maxName = 200
const maxLabels = 100
/** Bytes of a whole context as it stands in the prompt (`blockJson`). */
export const maxContextBytes = 64 * 1024

/**
 * The context of an event, from whatever stands in its payload: texts are cut, empty ones and values of another type
 * left out, and the whole stays within `maxContextBytes`. A URL that is too long is left out too: half of one leads
 * nowhere.
 */
export function toContext(
  fields: Fields & { readonly source: string; readonly event: string },
  receivedAt: Date,
): WebhookContext {
  const text = (field: keyof Fields, max: number) => {
    const value = fields[field]
    return typeof value === 'string' && value !== '' ? { [field]: cut(value, max) } : {}
  }
  const { number, url } = fields
  const labels = namesOf(fields.labels)
  const context: WebhookContext = {
    source: cut(fields.source, maxName),
    event: cut(fields.event, maxName),
    ...text('action', maxName),
    repo: nameOf(fields.repo) ?? '',
    ...(typeof number === 'number' && Number.isSafeInteger(number) ? { number } : {}),
    ...text('title', maxLine - 3),
    ...text('body', maxText),
    ...(typeof url === 'string' && url !== '' && url.length <= maxLine ? { url } : {}),
    ...text('author', maxName),
    ...text('assignee', maxName),
    ...(labels.length > 0 ? { labels } : {}),
    ...text('branch', maxName),
    ...text('conclusion', maxName),
    ...text('comment', maxText),
    sender: nameOf(fields.sender) ?? 'unknown',
    timestamp: nameOf(fields.timestamp) ?? receivedAt.toISOString(),
  }
  return withinBytes(context)
}

/** The first `max` characters and `...`, or the text itself when it is no longer. Never ends in half a character pair. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  const last = text.charCodeAt(max - 1)
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max)}...`
}

function nameOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? cut(value, maxName) : undefined
}

function namesOf(value: unknown): string[] {
  if (!Array.isArray(value)) return []
  // Sliced first: a signed list may have a million entries.
  return value
    .slice(0, maxLabels)
    .map(nameOf)
    .filter((name) => name !== undefined)
}

/**
 * Characters that JSON escapes take six bytes each, so a context within every limit above may still be some 170 KB.
 * Only then is it cut further: half as much text each time, then fewer labels.
 */
function withinBytes(context: WebhookContext): WebhookContext {
  let fitting = context
  // No character takes more than six bytes: most contexts need no second look.
  if (JSON.stringify(context).length * 6 <= maxContextBytes) return context
  for (let max = maxText / 2; Buffer.byteLength(blockJson(fitting)) > maxContextBytes; max /= 2) {
    const { body, comment, labels } = fitting
    fitting = {
      ...fitting,
      ...(body === undefined ? {} : { body: cut(body, Math.ceil(max)) }),
      ...(comment === undefined ? {} : { comment: cut(comment, Math.ceil(max)) }),
      ...(labels === undefined ? {} : { labels: labels.slice(0, Math.ceil(labels.length / 2)) }),
    }
  }
  return fitting
}
