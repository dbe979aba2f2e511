import { expect, test } from 'vitest'
import { mostUnproven, rateLimit, senderOf } from './rate-limit.ts'

test('a sender is over after its 120th in a minute, told so once, and begins anew a minute after its first', () => {
  let now = 1_000
  const limit = rateLimit(() => now)
  for (let i = 0; i < mostUnproven; i++) expect(limit.count('192.0.2.1')).toBeUndefined()
  now += 20_500
  expect(limit.count('192.0.2.1')).toEqual({ retryAfter: 40, first: true })
  expect(limit.count('192.0.2.1')).toEqual({ retryAfter: 40, first: false })
  expect(limit.count('192.0.2.2')).toBeUndefined()
  now += 39_500
  expect(limit.count('192.0.2.1')).toBeUndefined()
})

test('a clock that is set back shuts nobody out for longer', () => {
  let now = 1_000_000
  const limit = rateLimit(() => now)
  for (let i = 0; i <= mostUnproven; i++) limit.count('192.0.2.1')
  now = 0
  expect(limit.count('192.0.2.1')).toBeUndefined()
})

test('however many senders there are, so many are remembered', () => {
  const limit = rateLimit(() => 0)
  for (let i = 0; i < 30_000; i++) limit.count(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
  expect(limit.size()).toBe(10_000)
})

test('one sender is an IPv4 address or the network of an IPv6 address', () => {
  expect(senderOf('192.0.2.1')).toBe('192.0.2.1')
  expect(senderOf('::ffff:192.0.2.1')).toBe('192.0.2.1')
  expect(senderOf('2001:0DB8:0:1:ffff::1')).toBe('2001:db8:0:1::/64')
  expect(senderOf('2001:db8::1')).toBe('2001:db8:0:0::/64')
  expect(senderOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
  expect(senderOf('::1')).toBe(senderOf('0:0:0:0:0:0:0:2'))
  expect(senderOf(undefined)).toBe(senderOf(''))
})
