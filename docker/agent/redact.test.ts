import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { redactor } from './redact.ts'

function hiding(...secrets: string[]) {
  const redact = redactor()
  redact.hide(...secrets)
  return redact
}

const secret = fc.string({ minLength: 12, maxLength: 60, unit: 'binary' }).filter((text) => text.trim().length >= 12)

test('a secret is taken out of any text, in every encoding it is met in', () => {
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), (one, before, after) => {
      const value = one.trim()
      const redact = hiding(one)
      const json = JSON.stringify(value).slice(1, -1)
      for (const form of [value, json, encodeURIComponent(value), Buffer.from(value).toString('hex')]) {
        expect(redact.text(`${before}${form}${after}`)).not.toContain(form)
      }
      const encoded = Buffer.from(`${before}${value}${after}`).toString('base64')
      const seen = Buffer.from(redact.text(encoded).replace('[redacted]', ''), 'base64').toString()
      expect(seen).not.toContain(value)
    }),
  )
})

test('a key of several lines is taken out line by line', () => {
  const redact = hiding('-----BEGIN KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nZ2RzYTAyNTUxOWFhYWFhYWFh\n-----END KEY-----')
  expect(redact.text('line: Z2RzYTAyNTUxOWFhYWFhYWFh')).toBe('line: [redacted]')
})

test('the first part of a secret at the end of a text that was cut is taken out', () => {
  const redact = hiding('ghp_0123456789abcdef')
  expect(redact.text('curl -H "Bearer ghp_0123456')).toBe('curl -H "Bearer [redacted]')
  expect(redact.text('curl -H "Bearer ghp_0123456…')).toBe('curl -H "Bearer [redacted]…')
  expect(redact.text('the prefix is ghp_')).toBe('the prefix is ghp_')
})

test('names and values of what becomes JSON are cleaned, and it stays JSON', () => {
  const redact = hiding('":true,"x')
  const value = redact.value({ a: ['say ":true,"x', { '":true,"x': 1 }], n: 3, none: null })
  expect(JSON.parse(JSON.stringify(value))).toEqual({ a: ['say [redacted]', { '[redacted]': 1 }], n: 3, none: null })
})

test('a text too short to be a secret hides nothing', () => {
  expect(hiding('bot', '', '  ').text('a bot')).toBe('a bot')
})
