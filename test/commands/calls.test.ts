import { describe, expect, test } from 'vitest'
import { largestPayload } from '../../core/scheduler/payload.ts'
import { agent } from '../local/machine.ts'
import { commandsAndGateway, isInstalled, shells } from './agent-shell.ts'

const { gateway, open, shell } = commandsAndGateway([
  agent('dev', { scale: 100 }),
  agent('review', { scale: 100 }),
  agent('single'),
])

describe.each(Object.entries(shells))('in %s', (_name, shell) => {
  test.skipIf(!isInstalled(shell))(
    'a call goes out, is waited for, and its result is the callee’s, byte for byte',
    async () => {
      const caller = await open()
      const context = 'look at "this"\n\twith <tags> and ünïcode \u2028\n\n'
      const { code, json } = await caller.type('al-call review', { shell, stdin: context })
      expect({ code, json }).toEqual({ code: 0, json: { ok: true, callId: expect.stringMatching(/^review-/) } })
      const id: string = json.callId
      expect(await caller.type(`al-check ${id}`, { shell })).toMatchObject({ code: 0, json: { status: 'running' } })
      const callee = await gateway().claim(id)
      expect(callee.answer.input).toBe(context)
      const waiting = caller.type(`al-wait ${id} --timeout 20`, { shell })
      const result = '{"a":"</agent-call>"}\n'
      await callee.finish({ outcome: 'completed', result })
      const waited = await waiting
      expect(waited).toMatchObject({ code: 0, json: { [id]: { status: 'completed', returnValue: result } } })
      // Looked at again soon, not only after five seconds.
      expect(waited.ms).toBeLessThan(4_000)
      expect(await caller.type(`al-check ${id}`, { shell })).toMatchObject({ code: 0, json: { status: 'completed' } })
    },
  )
})

test('a context of 256 KiB arrives whole, and one byte more is refused by name of the limit', async () => {
  const caller = await open()
  const context = '"'.repeat(largestPayload)
  const { json } = await caller.type('al-call review', { stdin: context })
  expect((await gateway().claim(json.callId)).answer.input).toBe(context)
  const refused = await caller.type('al-call review', { stdin: `${context}"` })
  expect(refused).toMatchObject({
    code: 4,
    json: { ok: false, error: expect.stringContaining('262144 bytes (256 KiB)') },
  })
})

test('a context that never ends is not read for ever', async () => {
  const caller = await open()
  expect(await caller.type('yes | al-call review')).toMatchObject({ code: 4 })
})

test('an empty context is one, and broken text is none', async () => {
  const caller = await open()
  expect(await caller.type('al-call review </dev/null')).toMatchObject({ code: 0 })
  const broken = await caller.type('al-call review', { stdin: new Uint8Array([0x61, 0xff]) })
  expect(broken).toMatchObject({ code: 4, json: { ok: false, error: expect.stringContaining('UTF-8') } })
})

test('a refused call says why', async () => {
  const caller = await open()
  for (const [target, reason] of [
    ['dev', 'agent cannot call itself'],
    ['nobody', 'target agent "nobody" not found'],
    ['x","context":"', 'target agent "x","context":"" not found'],
  ] as const) {
    const refused = await caller.type('echo hi | al-call "$1"', { args: [target] })
    expect(refused).toMatchObject({ code: 1, json: { ok: false, reason } })
  }
})

test('waiting tells a success, a failure and an unknown call apart', async () => {
  const caller = await open()
  const call = async () => (await caller.type('echo hi | al-call review')).json.callId as string
  const [good, bad] = [await call(), await call()]
  await (await gateway().claim(good)).finish({ outcome: 'completed' })
  await (await gateway().claim(bad)).finish({ outcome: 'error', code: 12, reason: 'no "token"' })
  const failed = { status: 'error', errorMessage: 'no "token"', outcome: 'error', code: 12 }
  const unknown = { status: 'error', errorMessage: 'call not found' }
  expect(await caller.type(`al-wait ${good} ${good}`)).toMatchObject({
    code: 0,
    json: { [good]: { status: 'completed' } },
  })
  expect(await caller.type(`al-wait ${good} ${bad}`)).toMatchObject({ code: 1, json: { [bad]: failed } })
  for (const id of ['nothing', '..', 'a/b?c', '__proto__', `${good}x`]) {
    const { code, json } = await caller.type(`al-wait "$1" ${good} ${bad}`, { args: [id] })
    expect(code, id).toBe(2)
    expect(Object.entries(json), id).toContainEqual([id, unknown])
    expect(await caller.type('al-check "$1"', { args: [id] }), id).toMatchObject({
      code: 2,
      json: { error: 'call not found' },
    })
  }
  const stranger = await open()
  expect(await stranger.type(`al-wait ${good}`)).toMatchObject({ code: 2, json: { [good]: unknown } })
})

test('the wait ends at its deadline, with what is known by then', async () => {
  const caller = await open()
  const { json } = await caller.type('echo hi | al-call review')
  const waited = await caller.type(`al-wait --timeout 2 ${json.callId}`)
  expect(waited).toMatchObject({ code: 8, json: { [json.callId]: { status: 'running' } } })
  expect(waited.ms).toBeGreaterThanOrEqual(2_000)
  expect(waited.ms).toBeLessThan(4_000)
})

test('a call that waits for its own caller ends the wait at once, with the reason', async () => {
  const outer = await open('single')
  const { json } = await outer.type('echo hi | al-call review')
  const callee = await gateway().claim(json.callId)
  const inner = shell({ url: gateway().url, secret: callee.secret })
  const { json: back } = await inner.type('echo hi | al-call single')
  const waited = await inner.type(`al-wait ${back.callId}`)
  expect(waited.code).toBe(8)
  expect(waited.json[back.callId]).toEqual({
    status: 'pending',
    waitsFor: [outer.run],
    blocked: true,
    reason: expect.stringContaining('wait for it'),
  })
  expect(waited.ms).toBeLessThan(4_000)
})

test('the secret of a run that is over opens nothing', async () => {
  const caller = await open()
  const { json } = await caller.type('echo hi | al-call review')
  await caller.finish({ outcome: 'completed' })
  for (const line of ['rlock a', 'echo hi | al-call review', `al-check ${json.callId}`, `al-wait ${json.callId}`]) {
    expect(await caller.type(line), line).toMatchObject({ code: 3, json: { error: 'invalid secret' } })
  }
})

test('what is typed wrongly is said before anything is asked for', async () => {
  const nowhere = shell({ url: 'http://127.0.0.1:1', secret: 'dev-x.secret' })
  const wrong = [
    ...[
      'al-call',
      'al-call ""',
      'al-call a b',
      'al-check',
      'al-check a b',
      'al-wait',
      'al-wait ""',
      'al-wait --timeout 5',
    ],
    ...[
      'al-wait a --timeout',
      'al-wait a --timeout 0',
      'al-wait a --timeout soon',
      'al-wait a --timeout -1',
      'al-wait --help',
    ],
  ]
  for (const line of wrong) {
    const { code, json } = await nowhere.type(line)
    expect(code, line).toBe(9)
    expect(json, line).toEqual({ ok: false, error: expect.stringContaining('usage: al-') })
  }
})

test('without a gateway there is nobody to call', async () => {
  const alone = shell({})
  expect(await alone.type('echo hi | al-call review')).toMatchObject({
    code: 5,
    json: { ok: false, reason: 'no gateway' },
  })
  const none = { status: 'error', errorMessage: 'no gateway' }
  expect(await alone.type('al-check review-1')).toMatchObject({ code: 5, json: none })
  expect(await alone.type('al-wait review-1')).toMatchObject({ code: 5, json: { error: 'no gateway' } })
})
