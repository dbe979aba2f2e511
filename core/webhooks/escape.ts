/**
 * Compact JSON that may stand inside a block of a prompt: `<` is written as `\u003c`, so no text that others wrote can
 * close the block around it or open another one. Parsed, it is the same value; what JSON cannot say is `null`.
 */
export function blockJson(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replaceAll('<', '\\u003c')
}
