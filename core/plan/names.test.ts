import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { namePattern } from '../project/schema/fields.ts'
import {
  agentResource,
  deadLettersName,
  hyphenated,
  hyphenatedStart,
  prefixOf,
  schedulesRoleName,
  within,
} from './names.ts'

/** Names with few letters, so that neighbours are near, and long ones, so that they are cut alike. */
const name = fc
  .oneof(
    fc.stringMatching(/^[ab](-?[ab]){0,4}$/),
    fc.stringMatching(/^[a-c0-9][a-c0-9-]{0,61}[a-c0-9]$/),
    fc.integer({ min: 30, max: 63 }).map((length) => 'x'.repeat(length)),
    fc.integer({ min: 30, max: 62 }).map((length) => `${'x'.repeat(length)}y`),
    fc.constantFrom('gateway', 'scheduler', 'h', 'h0123456789', 'dead-letters', 'schedules', 'a-gateway'),
  )
  .filter((text) => namePattern.test(text))
const scope = fc.record({ name, environment: name })

const key = (one: { name: string; environment: string }) => `${one.name}_${one.environment}`

/** What the gateway's policy lets it start: `*` stands for anything. */
const matches = (pattern: string, text: string): boolean => text.startsWith(pattern.slice(0, -1))

/** Everything on AWS that has a name made by this module. */
const everyName = (one: { name: string; environment: string }, agent: string): string[] => {
  const prefix = prefixOf(one)
  return [
    prefix,
    `${prefix}-gateway`,
    `${prefix}-scheduler`,
    deadLettersName(prefix),
    schedulesRoleName(prefix),
    agentResource(one, agent),
  ]
}

describe('a name', () => {
  test('is short: project, environment and agent, separated by what none of them can hold', () => {
    const acme = { name: 'acme', environment: 'prod' }
    expect(prefixOf(acme)).toBe('al-acme_prod')
    expect(agentResource(acme, 'dev')).toBe('al-acme_prod_dev')
  })

  test('fits where it goes, however long its parts are', () => {
    fc.assert(
      fc.property(scope, name, fc.integer({ min: 30, max: 100 }), (scope, agent, longest) => {
        for (const one of everyName(scope, agent)) {
          expect(one.length).toBeLessThanOrEqual(64)
          expect(one).toMatch(/^al-[a-z0-9-]+_[A-Za-z0-9_-]+$/)
        }
        const plain = hyphenated(scope, agent, longest)
        expect(plain.length).toBeLessThanOrEqual(longest)
        expect(plain).toMatch(/^[a-z][a-z0-9-]*[a-z0-9]$/)
        expect(plain.startsWith(hyphenatedStart(scope, longest))).toBe(true)
        expect(within(agent, 64).length).toBeLessThanOrEqual(64)
      }),
      { numRuns: 1_000 },
    )
  })

  test('is the same whenever it is asked for, and needs no other agent to be decided', () => {
    const long = { name: 'x'.repeat(63), environment: 'y'.repeat(63) }
    expect(agentResource(long, 'z'.repeat(63))).toBe(agentResource(long, 'z'.repeat(63)))
    expect(prefixOf(long)).toMatch(/^al-x+_H[0-9a-f]{9}$/)
  })
})

describe('two names', () => {
  test('of different agents, environments or projects are never the same', () => {
    fc.assert(
      fc.property(scope, name, scope, name, (one, agent, other, otherAgent) => {
        fc.pre(key(one) !== key(other) || agent !== otherAgent)
        expect(agentResource(one, agent)).not.toBe(agentResource(other, otherAgent))
        expect(hyphenated(one, agent, 49)).not.toBe(hyphenated(other, otherAgent, 49))
        if (key(one) !== key(other)) {
          expect(prefixOf(one)).not.toBe(prefixOf(other))
          expect(hyphenated(one, undefined, 30)).not.toBe(hyphenated(other, undefined, 30))
        }
      }),
      { numRuns: 3_000 },
    )
  })

  test('that are cut at the same letter still differ', () => {
    const same = 'x'.repeat(62)
    const scopes = ['a', 'b'].map((end) => ({ name: same + end, environment: 'prod' }))
    expect(new Set(scopes.map(prefixOf)).size).toBe(2)
    expect(new Set(['a', 'b'].map((end) => agentResource({ name: 'p', environment: 'e' }, same + end))).size).toBe(2)
  })

  test('of which one is written like the cut form of the other still differ', () => {
    const long = { name: 'x'.repeat(63), environment: 'prod' }
    const cut = prefixOf(long)
    const [, project = '', environment = ''] = /^al-(.+)_(.+)$/.exec(cut) ?? []
    // Nobody can name an environment like this; the nearest one can is in small letters.
    expect(namePattern.test(environment)).toBe(false)
    expect(prefixOf({ name: project, environment: environment.toLowerCase() })).not.toBe(cut)
  })
})

test("what one project may start matches nothing of another's", () => {
  fc.assert(
    fc.property(scope, scope, name, (one, other, agent) => {
      fc.pre(key(one) !== key(other))
      const pattern = `${prefixOf(one)}_*`
      for (const theirs of everyName(other, agent)) expect([pattern, theirs, matches(pattern, theirs)]).toContain(false)
      expect(matches(pattern, agentResource(one, agent))).toBe(true)
      // Nor its own services: the gateway starts agents only.
      expect(matches(pattern, `${prefixOf(one)}-gateway`)).toBe(false)
    }),
    { numRuns: 3_000 },
  )
})

test.each([
  [
    { name: 'acme', environment: 'prod' },
    { name: 'acme', environment: 'prod-eu' },
  ],
  [
    { name: 'acme', environment: 'prod' },
    { name: 'acme-prod', environment: 'prod' },
  ],
  [
    { name: 'a', environment: 'b' },
    { name: 'a-b', environment: 'c' },
  ],
  [
    { name: 'a', environment: 'b' },
    { name: 'a', environment: 'b-gateway' },
  ],
])('%j and %j are neighbours, and strangers', (one, other) => {
  for (const [mine, theirs] of [
    [one, other],
    [other, one],
  ] as const) {
    for (const text of everyName(theirs, 'x')) expect(text.startsWith(`${prefixOf(mine)}_`)).toBe(false)
  }
})
