import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatRef, instanceProblem, parseRef } from './reference.ts'
import { type CredentialTypeName, credentialTypes } from './types.ts'

const names = Object.keys(credentialTypes) as CredentialTypeName[]
const exposures = ['agent', 'gateway', 'gateway-operator', 'operator'] as const

describe('a reference', () => {
  test('without an instance means the one named default', () => {
    expect(parseRef('github_token')).toEqual({ ok: true, ref: { type: 'github_token', instance: 'default' } })
  })

  test('is split at its first colon, blanks around both sides left out', () => {
    expect(parseRef(' git_ssh :  bot ')).toEqual({ ok: true, ref: { type: 'git_ssh', instance: 'bot' } })
    expect(parseRef('git_ssh:a:b').ok).toBe(false)
  })

  test('is written the way it is read', () => {
    const instance = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}(\.[A-Za-z0-9_-]{1,20})?$/)
    fc.assert(
      fc.property(fc.constantFrom(...names), instance, (type, instance) => {
        expect(parseRef(formatRef({ type, instance }), exposures)).toEqual({ ok: true, ref: { type, instance } })
      }),
    )
    expect(formatRef({ type: 'git_ssh', instance: 'default' })).toBe('git_ssh')
  })

  test('to a type there is none of suggests the nearest one its reader may have', () => {
    const reason = (text: string) => {
      const parsed = parseRef(text)
      return parsed.ok ? undefined : parsed.reason
    }
    expect(reason('githubtoken')).toBe('unknown credential type "githubtoken" (did you mean "github_token"?)')
    expect(reason('github_webhook_secre')).not.toContain('github_webhook_secret"')
    for (const inherited of ['constructor', '__proto__', 'toString']) expect(reason(inherited)).toContain('unknown')
  })
})

test('no text whatever names anything outside the store', () => {
  const nasty = fc.string({
    unit: fc.constantFrom('a', 'Z', '0', '.', '/', '\\', '-', '_', ':', ' ', '%', '\0', '\n', '~', 'é'),
  })
  fc.assert(
    fc.property(fc.constantFrom(...names), nasty, (type, instance) => {
      const parsed = parseRef(`${type}:${instance}`, exposures)
      if (!parsed.ok) return
      expect(parsed.ref.instance).toMatch(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/)
      expect(new URL(parsed.ref.instance, 'file:///store/type/').pathname).toBe(`/store/type/${parsed.ref.instance}`)
    }),
    { numRuns: 2_000 },
  )
})

test('an instance has up to 63 characters', () => {
  expect(instanceProblem('x'.repeat(63))).toBeUndefined()
  expect(instanceProblem('x'.repeat(64))).toContain('is not a name')
  for (const text of ['', '.', '..', '.a', 'a.', 'a..b', 'a/b', 'a b']) expect(instanceProblem(text)).toBeDefined()
})

describe('exposure', () => {
  test.each(names)('%s is given to readers of its exposure and to no others', (type) => {
    const own = credentialTypes[type].exposure
    for (const exposure of exposures) expect(parseRef(type, [exposure]).ok).toBe(exposure === own)
  })

  test('agents never see what signs deliveries, opens the gateway or belongs to the operator', () => {
    const hidden = names.filter((name) => !parseRef(name).ok)
    expect(hidden.sort()).toEqual([
      'cloudflare_origin_cert',
      'gateway_api_key',
      'github_webhook_secret',
      'linear_webhook_secret',
      'mintlify_webhook_secret',
      'sentry_client_secret',
      'vps_ssh',
    ])
  })
})
