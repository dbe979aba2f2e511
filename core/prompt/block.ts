import { blockJson } from '../webhooks/escape.ts'

/** A part of a prompt between tags. The text is ours; what others wrote goes into a `dataBlock`. */
export const block = (tag: string, text: string): string => `<${tag}>\n${text}\n</${tag}>`

/**
 * A value as JSON between tags, on one line. No text in it can close the block or open one: `<` is written as an escape,
 * and so are the two characters that some readers of JSON take for line ends. Parsed, it is the same value.
 */
export function dataBlock(tag: string, value: unknown): string {
  const json = blockJson(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
  return `<${tag}>${json}</${tag}>`
}
