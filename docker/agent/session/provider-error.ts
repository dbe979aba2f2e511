import type { AssistantMessage } from '@earendil-works/pi-ai'
import { isContextOverflow } from '@earendil-works/pi-ai'

/** What is known about the last answer of the provider besides its text. */
export interface Answer {
  readonly status: number
  /** Milliseconds that the provider asks to wait. */
  readonly retryAfterMs?: number
}

/**
 * Why a call to the model failed:
 * - `overflow`: the conversation does not fit into the model's context window.
 * - `quota`: the account has no money or reached its limit. `auth`: the provider refuses the key.
 * - `limited`: too many requests, or the provider is overloaded. `unavailable`: it broke, or the network did.
 * - `refused`: all else; a repetition would end the same.
 */
export interface ProviderError {
  readonly kind: 'overflow' | 'quota' | 'auth' | 'limited' | 'unavailable' | 'refused'
  readonly retryAfterMs?: number
}

/** Reads a failed turn. The status counts before the text, because a text may have any digits in it. */
export function readProviderError(message: AssistantMessage, answer: Answer | undefined): ProviderError {
  const text = message.errorMessage ?? ''
  const status = answer && answer.status >= 400 ? answer.status : statusIn(text)
  const retryAfterMs = answer?.retryAfterMs ?? delayIn(text)
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  if (isQuota(text, status)) return { kind: 'quota' }
  // Where the status says what is wrong, the text only says more.
  const unclear = status === undefined || status >= 500
  if (status === 429 || status === 529 || (unclear && limited.test(text))) return { kind: 'limited', ...wait }
  if (isContextOverflow(message)) return { kind: 'overflow' }
  const keyInText = (status === undefined || status === 400) && refusedKey.test(text)
  if (status === 401 || status === 403 || keyInText) return { kind: 'auth' }
  if (status !== undefined) {
    const again = [408, 409, 425].includes(status) || (status >= 500 && status !== 501)
    return again ? { kind: 'unavailable', ...wait } : { kind: 'refused' }
  }
  return unavailable.test(text) ? { kind: 'unavailable', ...wait } : { kind: 'refused' }
}

/** Sources: the error references of the providers, in the words of which these are the stable ones. */
const quota =
  /insufficient_quota|exceeded your current quota|credit balance is too low|billing[_ ]hard[_ ]limit|billing_not_active|check your billing|insufficient (credits|balance|funds)|out of credits|specified API usage limits|spending limit|purchase (more )?credits/i

/** Google says "exceeded your current quota" for a limit by the minute, too, and then when to come back. */
function isQuota(text: string, status: number | undefined): boolean {
  if (status === 402) return true
  if (!quota.test(text)) return false
  return !/retryDelay|please retry in/i.test(text) || /PerDay/.test(text)
}

const limited =
  /rate_limit_error|rate_limit_exceeded|overloaded_error|RESOURCE_EXHAUSTED|ThrottlingException|TooManyRequestsException|too many requests|\boverloaded\b/i

const refusedKey =
  /authentication_error|permission_error|invalid_api_key|incorrect api key|api key not valid|API_KEY_INVALID|UNAUTHENTICATED|PERMISSION_DENIED|AccessDenied|UnrecognizedClientException|ExpiredToken|InvalidSignatureException|security token included in the request|could not load (the default )?credentials|CredentialsProviderError/i

/** Without a status: the connection did not come about, or the stream broke or carried an error. */
const unavailable =
  /api_error|server_error|timeout_error|internal server error|InternalServerException|ServiceUnavailable|ModelStreamError|connection error|connection refused|connection reset|ECONN|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|fetch failed|network|socket|other side closed|terminated|premature|timed? ?out|timeout|ended (before|without)|stream ended|aborted|could not parse|unexpected end of JSON|http2 request/i

function statusIn(text: string): number | undefined {
  const [, digits] =
    /^(?:[\w ]+ error \()?([45]\d\d)\b/i.exec(text) ??
    /\bstatus:? ?(?:code:? ?)?([45]\d\d)\b/i.exec(text) ??
    /"(?:code|status)":\s*([45]\d\d)\b/.exec(text) ??
    /\(([45]\d\d)\)/.exec(text) ??
    []
  return digits === undefined ? undefined : Number(digits)
}

function delayIn(text: string): number | undefined {
  const [, seconds] = /"?retryDelay\\?"?:\s*\\?"([\d.]+)s/.exec(text) ?? /please retry in ([\d.]+)s/i.exec(text) ?? []
  return seconds === undefined ? undefined : Number(seconds) * 1000
}

/**
 * What the headers of an answer ask to wait, in milliseconds: `retry-after-ms`, or `Retry-After` as seconds or a date
 * (RFC 9110, section 10.2.3). `now` is epoch milliseconds.
 */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const exact = Number(headers.get('retry-after-ms') ?? Number.NaN)
  if (Number.isFinite(exact)) return Math.max(0, exact)
  const text = headers.get('retry-after')?.trim()
  if (!text) return undefined
  const seconds = Number(text)
  const wait = Number.isNaN(seconds) ? Date.parse(text) - now : seconds * 1000
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined
}

/** The provider's words without the JSON around them, with every secret struck out, in at most 300 characters. */
export function inWords(text: string, secrets: readonly string[]): string {
  const [json] = /\{.*\}/s.exec(text) ?? []
  const said = json === undefined ? undefined : messageIn(json)
  const plain = said === undefined ? text : `${text.slice(0, text.indexOf('{'))}${said}`
  const clean = secrets
    .filter((secret) => secret.length >= 4)
    .reduce((all, secret) => all.replaceAll(secret, '[secret]'), plain)
    // Some providers quote the key, or the beginning of it.
    .replace(/\b(?:sk|gsk|xai)-?_?[\w*-]{6,}/g, '[secret]')
    .replace(/\s+/g, ' ')
    .trim()
  return clean.length <= 300 ? clean : `${clean.slice(0, 299)}…`
}

function messageIn(json: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(json)
    return messageOf(parsed)
  } catch {
    // Not JSON after all: the text itself is shown.
    return undefined
  }
}

function messageOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if ('error' in value) return typeof value.error === 'string' ? value.error : messageOf(value.error)
  return 'message' in value && typeof value.message === 'string' ? value.message : undefined
}
