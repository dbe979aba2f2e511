/**
 * Why `fetch` got no answer, in a word: `ECONNRESET`, `TimeoutError`. Never the error's text, which may quote a header, and
 * with it a token.
 */
export function whyNoAnswer(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { code } = (error.cause ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : error.name
}
