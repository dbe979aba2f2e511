import { describe, expect, test } from 'vitest'
import { providers } from './providers.ts'
import { isSignedWith } from './signature.ts'
import { bytes, headers, hmac } from './testing/deliveries.ts'

// The vector of https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries.
const secret = "It's a Secret to Everybody"
const hello = bytes('Hello, World!')
const digest = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'

const { github, sentry, linear, mintlify, test: handmade } = providers
const body = bytes({ a: 1 })

describe('a signature holds only for these bytes and this secret', () => {
  test("GitHub's documented example holds, and no byte of it may change", () => {
    const verify = (value: string, bytes = hello) =>
      github.verify(bytes, headers({ 'x-hub-signature-256': value }), secret)
    expect(verify(`sha256=${digest}`)).toBe(true)
    expect(verify(`sha256=${digest.slice(0, -1)}8`)).toBe(false)
    expect(verify(`sha256=${digest}`, bytes('Hello, World?'))).toBe(false)
    expect(github.verify(hello, headers({ 'x-hub-signature-256': `sha256=${digest}` }), 'another')).toBe(false)
  })

  test('GitHub: without the prefix sha256= it is no signature', () => {
    for (const value of [digest, `sha1=${digest}`, `SHA256=${digest}`, 'sha256=', '']) {
      expect(github.verify(hello, headers({ 'x-hub-signature-256': value }), secret)).toBe(false)
    }
  })

  test.each([
    ['sentry', sentry, 'sentry-hook-signature'],
    ['linear', linear, 'linear-signature'],
    ['mintlify', mintlify, 'x-mintlify-signature'],
    ['mintlify, the other spelling', mintlify, 'mintlify-signature'],
  ])('%s signs with bare hex in a header of its own', (_name, provider, header) => {
    expect(provider.verify(body, headers({ [header]: hmac(body, 's') }), 's')).toBe(true)
    expect(provider.verify(body, headers({ [header]: `sha256=${hmac(body, 's')}` }), 's')).toBe(false)
    expect(provider.verify(body, headers({ 'x-signature': hmac(body, 's') }), 's')).toBe(false)
    expect(provider.verify(body, headers({}), 's')).toBe(false)
  })

  test('nothing is signed with an empty secret, and type test is never signed', () => {
    expect(isSignedWith(body, hmac(body, ''), '')).toBe(false)
    expect(handmade.verify(body, headers({ 'x-hub-signature-256': `sha256=${hmac(body, 's')}` }), 's')).toBe(false)
  })
})

describe('comparing signatures threw when characters and bytes differed in number', () => {
  test('64 characters that are more than 64 bytes are a wrong signature, not an exception', () => {
    for (const odd of ['é'.repeat(64), `${digest.slice(0, 63)}é`, '😀'.repeat(32), '\ud800'.repeat(64)]) {
      expect(odd).toHaveLength(64)
      expect(isSignedWith(hello, odd, secret)).toBe(false)
      expect(github.verify(hello, headers({ 'x-hub-signature-256': `sha256=${odd}` }), secret)).toBe(false)
    }
  })

  test('fewer characters that are 64 bytes are a wrong signature', () => {
    expect(isSignedWith(hello, 'é'.repeat(32), secret)).toBe(false)
  })
})
