import { describe, expect, test } from 'vitest'
import { agent } from '../local/machine.ts'
import { commandsAndGateway, isInstalled, shells } from './agent-shell.ts'

const { gateway, open, shell } = commandsAndGateway([agent('dev', { scale: 100 })])

describe.each(Object.entries(shells))('in %s', (_name, shell) => {
  test.skipIf(!isInstalled(shell))('a lock is taken, kept by one run, prolonged and given back', async () => {
    const [one, two] = [await open(), await open()]
    const key = { shell, args: ['github issue acme/app#42'] }
    const taken = await one.type('rlock "$1"', key)
    expect(taken).toMatchObject({ code: 0, json: { ok: true, resourceKey: key.args[0], fence: expect.any(Number) } })
    const refused = await two.type('rlock "$1"', key)
    expect(refused).toMatchObject({ code: 1, json: { ok: false, holder: one.run, heldSince: expect.any(Number) } })
    expect(await two.type('runlock "$1"', key)).toMatchObject({
      code: 1,
      json: { ok: false, reason: `held by ${one.run}` },
    })
    expect(await two.type('rlock-heartbeat "$1"', key)).toMatchObject({ code: 1 })
    const kept = await one.type('rlock-heartbeat "$1"', key)
    expect(kept).toMatchObject({ code: 0, json: { ok: true, expiresAt: expect.any(Number), fence: taken.json.fence } })
    expect(await one.type('rlock another', { shell })).toMatchObject({
      code: 1,
      json: { ok: false, reason: `already holding lock on ${key.args[0]} — release it first` },
    })
    expect(await one.type('runlock "$1"', key)).toMatchObject({ code: 0, json: { ok: true } })
    expect(await one.type('runlock "$1"', key)).toMatchObject({
      code: 2,
      json: { ok: false, reason: 'lock not found' },
    })
    expect(await two.type('rlock "$1"', key)).toMatchObject({ code: 0 })
    await two.type('runlock "$1"', key)
  })

  test.skipIf(!isInstalled(shell))('the exit code decides in a script', async () => {
    const one = await open()
    const { json } = await one.type('if rlock a >/dev/null && ! rlock b >/dev/null; then runlock a; fi', { shell })
    expect(json).toEqual({ ok: true })
  })
})

test('a key is data, whatever stands in it', async () => {
  const one = await open()
  const keys = [
    'say "hello"',
    'x","ttl":999999999,"z":"',
    'two\nlines',
    "it's `date` $(date) $HOME \\n",
    '--ttl-is-no-option',
    '-x',
    '⚙️ \u2028 ünï',
    '{"resourceKey":"other"}',
    '__proto__',
  ]
  for (const key of keys) {
    const before = Date.now()
    expect(await one.type('rlock "$1"', { args: [key] })).toMatchObject({ code: 0, json: { resourceKey: key } })
    const { json } = await one.type('rlock-heartbeat "$1"', { args: [key] })
    expect(json.expiresAt - before).toBeLessThan(1_900_000)
    expect(await one.type('runlock "$1"', { args: [key] })).toMatchObject({ code: 0 })
  }
  expect(await one.type('rlock -- --ttl')).toMatchObject({ code: 0, json: { resourceKey: '--ttl' } })
  expect(await one.type('runlock --ttl')).toMatchObject({ code: 0 })
})

test('a lock lives for the seconds asked for, and is lost after them', async () => {
  const [one, two] = [await open(), await open()]
  expect(await one.type('rlock short --ttl 60')).toMatchObject({ code: 0 })
  const { json } = await one.type('rlock-heartbeat short --ttl=90')
  expect(json.expiresAt).toBeLessThanOrEqual(Date.now() + 90_000)
  gateway().advance(101_000)
  expect(await one.type('rlock-heartbeat short')).toMatchObject({
    code: 2,
    json: { ok: false, reason: 'lock not found' },
  })
  expect(await two.type('rlock short')).toMatchObject({ code: 0 })
  expect(await one.type('runlock short')).toMatchObject({ code: 1, json: { reason: `held by ${two.run}` } })
})

test('a key of 512 bytes is the longest', async () => {
  const one = await open()
  expect(await one.type('rlock "$1"', { args: ['k'.repeat(512)] })).toMatchObject({ code: 0 })
  const { code, json } = await one.type('rlock "$1"', { args: ['k'.repeat(513)] })
  expect(code).toBe(4)
  expect(json.error).toContain('512')
})

test('what is typed wrongly is said before anything is asked for', async () => {
  const nowhere = shell({ url: 'http://127.0.0.1:1', secret: 'dev-x.secret' })
  const wrong = [
    ...[
      'rlock',
      'rlock ""',
      'rlock a b',
      'rlock a --ttl',
      'rlock a --ttl 0',
      'rlock a --ttl 1e3',
      'rlock a --ttl 86401',
    ],
    ...[
      'rlock a --ttl -5',
      'rlock a --ttl 5 --ttl 6',
      'runlock',
      'runlock a --ttl 5',
      'rlock-heartbeat',
      'rlock --help',
    ],
  ]
  for (const line of wrong) {
    const { code, json } = await nowhere.type(line)
    expect(code, line).toBe(9)
    expect(json, line).toEqual({ ok: false, error: expect.stringContaining('usage: r') })
  }
})

test('without a gateway there is one run only, and it gets its locks', async () => {
  const alone = shell({})
  for (const name of ['rlock', 'rlock-heartbeat', 'runlock']) {
    expect(await alone.type(`${name} key`)).toMatchObject({ code: 0, json: { ok: true } })
    expect(await alone.type(name)).toMatchObject({ code: 9 })
  }
})
