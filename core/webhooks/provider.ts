/**
 * Looks up one header of a request. Names are given in lower case; a header that was not sent, or several times with
 * different values, is `undefined` or whatever the host makes of it: nothing here trusts it.
 */
export type HeaderLookup = (name: string) => string | undefined

/**
 * What an agent is told of a delivery, in the `<webhook-trigger>` block of its prompt. Fields that an event does not
 * have are absent, never `null`. Every text was written by others and is bounded (`context.ts` says how).
 */
export interface WebhookContext {
  /** The provider; for type `test`, whatever the body says. */
  readonly source: string
  readonly event: string
  readonly action?: string
  /** GitHub `owner/repo`, or `owner` alone for what happens to an organisation; Linear's organisation id; a project. */
  readonly repo: string
  readonly number?: number
  readonly title?: string
  readonly body?: string
  readonly url?: string
  readonly author?: string
  readonly assignee?: string
  readonly labels?: readonly string[]
  readonly branch?: string
  readonly conclusion?: string
  readonly comment?: string
  readonly sender: string
  /** ISO 8601. */
  readonly timestamp: string
}

/** An event that no trigger could ever match, and why: a sentence for `al webhook test` and the log. */
export interface Ignored {
  readonly ignored: string
}

/**
 * What differs between the services that send webhooks. No method throws, whatever the bytes: a body may be signed and
 * still be `null`.
 */
export interface Provider {
  /** Whether the raw bytes carry the signature this secret makes. Takes the same time for every wrong signature. */
  verify(body: Uint8Array, header: HeaderLookup, secret: string): boolean
  /** The id which a redelivery of the same event repeats; not covered by the signature. */
  deliveryId(header: HeaderLookup): string | undefined
  /**
   * Whether a signed delivery was sent just now, for providers that sign the time they sent it. Meaningless, and not
   * asked, when the body is unsigned.
   */
  fresh?(payload: unknown, receivedAt: Date): boolean
  /** The event as an agent sees it. */
  parse(payload: unknown, header: HeaderLookup, receivedAt: Date): WebhookContext | Ignored
}
