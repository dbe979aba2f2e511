import { expect, test } from 'vitest'
import { parseBody } from './body.ts'
import { bytes } from './testing/deliveries.ts'

const form = 'Application/X-WWW-Form-Urlencoded; charset=utf-8'
const refused = (reason: string) => ({ ok: false, reason })

test('a body is JSON, whatever value it is', () => {
  for (const payload of [null, 1, 'x', [null], { a: 'é' }]) {
    expect(parseBody(bytes(JSON.stringify(payload)), undefined)).toEqual({ ok: true, payload })
  }
})

test('a form carries its JSON in the field payload, wherever it stands', () => {
  const payload = { text: 'a b+c&d=é' }
  const field = new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
  for (const body of [field, `x=1&${field}`, `${field}&y=2`, `xpayload=3&${field}`]) {
    expect(parseBody(bytes(body), form)).toEqual({ ok: true, payload })
  }
})

test('what cannot be read is refused with a reason that repeats nothing of it', () => {
  expect(parseBody(bytes('{"secret":'), 'application/json')).toEqual(refused('the body is not JSON'))
  expect(parseBody(Uint8Array.of(0xff), undefined)).toEqual(refused('the body is not UTF-8'))
  expect(parseBody(bytes('a=1&xpayload=2'), form)).toEqual(
    refused('the form has no field "payload"; JSON needs the header content-type: application/json'),
  )
  expect(parseBody(bytes('payload=%7B'), form)).toEqual(refused('the field "payload" is not JSON'))
  expect(parseBody(bytes('payload=%E9'), form)).toEqual(refused('the field "payload" is not percent-encoded UTF-8'))
})

test('a body of four MiB takes about four times as long as one of a MiB, whatever is in it', () => {
  const size = 1024 * 1024
  const times = [1, 1, 1, 4].map((factor) => {
    const started = performance.now()
    expect(parseBody(bytes('a&'.repeat((factor * size) / 2)), form).ok).toBe(false)
    expect(parseBody(bytes('['.repeat(factor * size)), undefined).ok).toBe(false)
    const nested = `${'['.repeat((factor * size) / 2)}${']'.repeat((factor * size) / 2)}`
    expect(parseBody(bytes(nested), undefined).ok).toBe(true)
    return performance.now() - started
  })
  // Squared it would be 16 times, and from hundreds of milliseconds on.
  expect(times[3]).toBeLessThan(12 * Math.max(50, ...times.slice(0, 3)))
})
