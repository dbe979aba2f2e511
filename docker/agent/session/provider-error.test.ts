import type { AssistantMessage } from '@earendil-works/pi-ai'
import { describe, expect, it } from 'vitest'
import { inWords, readProviderError, retryAfter } from './provider-error.ts'

const failed = (errorMessage: string): AssistantMessage => ({
  ...{ role: 'assistant', content: [], api: 'x', provider: 'x', model: 'x', stopReason: 'error', timestamp: 0 },
  usage: {
    ...{ input: 0, output: 0, cacheRead: 0, cacheWrite: 0, totalTokens: 0 },
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 },
  },
  errorMessage,
})

const kindOf = (text: string, status?: number): string =>
  readProviderError(failed(text), status === undefined ? undefined : { status }).kind

describe('what an error of a provider means', () => {
  it.each([
    ['quota', 'Your credit balance is too low to access the Anthropic API.', 400],
    ['quota', 'You have reached your specified API usage limits. You will regain access on 2027-01-01.', 400],
    ['quota', '{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}', 429],
    ['quota', 'Billing hard limit has been reached: billing_hard_limit_reached', 400],
    ['quota', 'Insufficient credits. Add more using https://openrouter.ai/credits', 402],
    ['quota', 'anything', 402],
    ['auth', 'Forbidden', 403],
    ['auth', 'Incorrect API key provided: sk-a***b', 401],
    [
      'auth',
      '{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}',
    ],
    ['auth', 'AccessDeniedException: You do not have access to the model'],
    ['limited', 'This request would exceed the rate limit', 429],
    ['limited', '{"error":{"type":"overloaded_error","message":"Overloaded"}}', 529],
    ['limited', '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', 200],
    ['limited', 'ThrottlingException: Too many tokens, please wait before trying again.'],
    ['unavailable', 'Internal server error', 500],
    ['unavailable', 'Bad gateway', 502],
    ['unavailable', 'Connection error.'],
    ['unavailable', 'Anthropic stream ended before message_stop', 200],
    ['unavailable', 'terminated', 200],
    ['overflow', 'prompt is too long: 213462 tokens > 200000 maximum', 400],
    ['overflow', "This model's maximum context length is 128000 tokens", 400],
    ['refused', 'max_tokens: 429 is 529 too large', 400],
    ['refused', 'model not found: overloaded-429', 404],
    ['refused', 'Claude refused to answer'],
  ])('%s: %s', (kind, text, status?: number) => {
    expect(kindOf(text, status)).toBe(kind)
  })

  it('a limit by the minute in the words of a quota is no empty account', () => {
    const text = (id: string) =>
      `got status: 429. {"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. Please retry in 36.5s.","details":[{"quotaId":"${id}"},{"retryDelay":"36s"}]}}`
    const minute = readProviderError(failed(text('GenerateRequestsPerMinute')), undefined)
    expect(minute).toEqual({ kind: 'limited', retryAfterMs: 36_000 })
    expect(kindOf(text('GenerateRequestsPerDay'))).toBe('quota')
  })
})

describe('what a provider asks to wait', () => {
  const now = Date.parse('2026-11-21T12:00:00Z')
  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Sat, 21 Nov 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Sat, 21 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('%j', (headers, wait) => {
    expect(retryAfter(new Headers(headers), now)).toBe(wait)
  })
})

describe('an error in words', () => {
  it('is what the provider said, without JSON and secrets', () => {
    const text = '401 {"type":"error","error":{"type":"authentication_error","message":"no such key: abcd1234"}}'
    expect(inWords(text, ['abcd1234'])).toBe('401 no such key: [secret]')
    expect(inWords('Incorrect key: sk-ab12****cd34.', [])).not.toMatch(/ab12|cd34/)
  })

  it('is the text itself where there is no JSON', () => {
    expect(inWords('it broke: {not json}', [])).toBe('it broke: {not json}')
    expect(inWords('x'.repeat(1000), [])).toHaveLength(300)
  })
})
