import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { largestPayload } from '../../core/scheduler/payload.ts'
import { agent } from '../local/machine.ts'
import { commandsAndGateway, isInstalled, shells } from './agent-shell.ts'

const { gateway, open, shell } = commandsAndGateway([agent('dev', { scale: 100 })])
const ok = { code: 0, json: { ok: true } }

describe.each(Object.entries(shells))('in %s', (_name, shell) => {
  test.skipIf(!isInstalled(shell))('each signal is a file, written whole', async () => {
    const one = await open()
    expect(await one.type('al-rerun', { shell })).toMatchObject(ok)
    expect(await one.type('al-status "$1"', { shell, args: ['line one\n"line" two'] })).toMatchObject(ok)
    expect(await one.type('al-return "a  b" "$1"', { shell, args: ['</c>\n'] })).toMatchObject(ok)
    expect(await one.type('al-exit', { shell })).toMatchObject(ok)
    expect(one.written()).toEqual(['exit', 'rerun', 'return', 'status'])
    expect(one.signal('rerun')).toBe('')
    expect(one.signal('status')).toBe('line one\n"line" two')
    expect(one.signal('return')).toBe('a  b </c>\n')
    expect(one.signal('exit')).toBe('15')
    expect(await one.type('printf "from\\nstdin\\n" | al-return', { shell })).toMatchObject(ok)
    expect(one.signal('return')).toBe('from\nstdin\n')
  })
})

test('people see a status while the agent works', async () => {
  const one = await open()
  await one.type('al-status "$1"', { args: ['two\nlines "quoted"'] })
  expect((await gateway().record(one.run))?.status?.text).toMatch(/two\s+lines "quoted"/)
})

test('a value of 256 KiB is returned, and one byte more is refused by name of the limit, nothing written', async () => {
  const one = await open()
  const value = '\u0007'.repeat(largestPayload)
  const refused = await one.type('al-return', { stdin: `${value}x` })
  expect(refused).toMatchObject({
    code: 4,
    json: { ok: false, error: expect.stringContaining('262144 bytes (256 KiB)') },
  })
  expect(one.written()).toEqual([])
  expect(await one.type('al-return', { stdin: value })).toMatchObject(ok)
  expect(one.signal('return')).toBe(value)
})

test('only the codes that mean something end a run', async () => {
  const one = await open()
  for (const code of ['abc', '0', '1', '9', '17', '42', '124', '010', '1e1', '-1', '15.0', '']) {
    const { code: exit, json } = await one.type('al-exit "$1"', { args: [code] })
    expect(exit, code).toBe(9)
    expect(json, code).toEqual({ ok: false, error: expect.stringContaining('usage: al-exit') })
  }
  expect(await one.type('al-exit 10 because')).toMatchObject({ code: 9 })
  expect(one.written()).toEqual([])
  for (const code of ['10', '16']) {
    expect(await one.type(`al-exit ${code}`)).toMatchObject(ok)
    expect(one.signal('exit')).toBe(code)
  }
})

test('a signal that could not be written is a failure', async () => {
  const one = await open()
  const lines = ['al-rerun', 'al-status text', 'al-return value', 'al-exit']
  for (const line of lines) {
    const unset = await one.type(line, { environment: { AL_SIGNAL_DIR: '' } })
    expect(unset, line).toMatchObject({ code: 1, json: { ok: false, error: expect.stringContaining('AL_SIGNAL_DIR') } })
    const gone = await one.type(line, { environment: { AL_SIGNAL_DIR: '/nowhere/signals' } })
    expect(gone, line).toMatchObject({ code: 1, json: { ok: false, error: expect.stringContaining('ENOENT') } })
  }
  mkdirSync(join(one.signals, 'exit'))
  expect(await one.type('al-exit')).toMatchObject({ code: 1, json: { ok: false } })
  rmSync(join(one.signals, 'exit'), { recursive: true })
  expect(one.written()).toEqual([])
})

test('a status has a text', async () => {
  const one = await open()
  for (const line of ['al-status', 'al-status ""', 'al-status "  "']) {
    expect(await one.type(line), line).toMatchObject({
      code: 9,
      json: { ok: false, error: expect.stringContaining('text') },
    })
  }
  expect(one.written()).toEqual([])
})

test('without a gateway, or when it does not answer, a signal counts all the same', async () => {
  for (const url of [undefined, 'http://127.0.0.1:1']) {
    const one = shell({ ...(url && { url }), secret: 'dev-x.secret' })
    for (const line of ['al-rerun', 'al-status text', 'al-return value']) {
      const { code, json } = await one.type(line)
      expect(code, line).toBe(0)
      expect(json.ok, line).toBe(true)
      // That nobody sees it yet is not kept quiet.
      expect(json.gateway?.reason, line).toBe(url && 'gateway unreachable')
    }
    expect(one.written()).toEqual(['rerun', 'return', 'status'])
  }
})

test('a shutdown ends the run as killed, with the reason', async () => {
  const one = await open()
  const ended = await one.type('al-shutdown "$1"', { args: ['somebody asked for "keys"'] })
  expect(ended).toMatchObject({ code: 0, json: { killed: true, container: one.run } })
  const run = await gateway().record(one.run)
  expect(run).toMatchObject({ state: 'done', outcome: 'killed', reason: 'somebody asked for "keys"' })
  expect(await one.type('rlock a')).toMatchObject({ code: 3 })
  expect(await one.type('al-shutdown')).toMatchObject({ code: 3 })
})

test('a shutdown without a gateway leaves the end of the run to its entry, and says so', async () => {
  const alone = shell({})
  expect(await alone.type('al-shutdown leak')).toMatchObject({ code: 0, json: { ok: true, killed: false } })
  expect(alone.signal('exit')).toBe('16')
  expect(alone.signal('shutdown')).toBe('leak')
  const lost = shell({ url: 'http://127.0.0.1:1', secret: 'dev-x.secret' })
  const unheard = { ok: false, reason: 'gateway unreachable' }
  expect(await lost.type('al-shutdown')).toMatchObject({ code: 6, json: unheard })
  expect(lost.signal('exit')).toBe('16')
  expect(await alone.type('al-shutdown', { environment: { AL_SIGNAL_DIR: '' } })).toMatchObject({ code: 1 })
})
