import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { BadCursor, type LogEntry, type LogPage } from '../../gateway/log-source.ts'
import { entryOf } from './container-line.ts'
import { fileLogs } from './read-logs.ts'
import { logWriter } from './write-logs.ts'

const noon = Date.parse('2026-11-21T12:00:00Z')
const hour = 3600_000

function freshLogs() {
  const root = mkdtempSync(join(tmpdir(), 'al-logs-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  let now = noon
  const failures: unknown[] = []
  const writer = logWriter({ root, now: () => now, onFailure: (error) => failures.push(error) })
  const entry = (msg: string, more: object = {}): LogEntry => ({ level: 30, time: now, msg, ...more })
  return {
    root,
    writer,
    failures,
    source: fileLogs(root),
    at: (time: number) => {
      now = time
    },
    write: (agent: string | undefined, msg: string, more: object = {}) => writer.write(agent, entry(msg, more)),
  }
}

const messages = ({ entries }: LogPage) => entries.map(({ msg }) => msg)
const newest = { lines: 50 }

test('without a cursor the last entries, with it what has come since, each once', async () => {
  const { source, write } = freshLogs()
  expect(await source.read({ agent: 'dev', ...newest })).toEqual({ entries: [], cursor: null, hasMore: false })
  for (let i = 1; i <= 10; i++) write('dev', `${i}`)
  const first = await source.read({ agent: 'dev', lines: 3 })
  expect(messages(first)).toEqual(['8', '9', '10'])
  for (let i = 11; i <= 15; i++) write('dev', `${i}`)
  const second = await source.read({ agent: 'dev', lines: 3, cursor: first.cursor ?? '' })
  expect([messages(second), second.hasMore]).toEqual([['11', '12', '13'], true])
  const third = await source.read({ agent: 'dev', lines: 3, cursor: second.cursor ?? '' })
  expect([messages(third), third.hasMore]).toEqual([['14', '15'], false])
  expect(messages(await source.read({ agent: 'dev', lines: 3, cursor: third.cursor ?? '' }))).toEqual([])
})

test('an agent may be named like the beginning of another, or like the scheduler', async () => {
  const { source, write } = freshLogs()
  for (const name of ['dev', 'dev-ops', 'scheduler', 'agents', undefined]) write(name, `of ${name}`)
  for (const agent of ['dev', 'dev-ops', 'scheduler', 'agents', undefined]) {
    expect(messages(await source.read({ agent, ...newest }))).toEqual([`of ${agent}`])
  }
})

test('a log goes on over midnight, for those who follow it and for those who come later', async () => {
  const { source, write, at } = freshLogs()
  write('dev', 'yesterday')
  const { cursor } = await source.read({ agent: 'dev', ...newest })
  write('dev', 'late')
  at(noon + 24 * hour)
  write('dev', 'today')
  expect(messages(await source.read({ agent: 'dev', ...newest }))).toEqual(['yesterday', 'late', 'today'])
  expect(messages(await source.read({ agent: 'dev', ...newest, cursor: cursor ?? '' }))).toEqual(['late', 'today'])
  expect(messages(await source.read({ agent: 'dev', ...newest, after: noon }))).toEqual(['today'])
  expect(messages(await source.read({ agent: 'dev', ...newest, before: noon + 1 }))).toEqual(['yesterday', 'late'])
  expect(messages(await source.read({ agent: 'dev', ...newest, before: -1e20, after: 1e20 }))).toEqual([])
})

test('the entries of one run are found however many others lie between them', async () => {
  const { source, write } = freshLogs()
  write('dev', 'first', { instance: 'dev-aa' })
  for (let i = 0; i < 5000; i++) write('dev', 'dev-aa is only mentioned', { instance: 'dev-ab' })
  write('dev', 'second', { instance: 'dev-aa' })
  const page = await source.read({ agent: 'dev', instance: 'aa', lines: 10 })
  expect(messages(page)).toEqual(['first', 'second'])
})

test('a line that is half written is left for the next read, and not lost', async () => {
  const { root, source, write } = freshLogs()
  write('dev', 'whole')
  const file = join(root, 'agents/dev/2026-11-21.log')
  const late = JSON.stringify({ level: 30, time: noon, msg: 'späte Zeile' })
  const cut = Buffer.from(late).indexOf('ä') + 1
  appendFileSync(file, Buffer.from(late).subarray(0, cut))
  const first = await source.read({ agent: 'dev', ...newest })
  expect(messages(first)).toEqual(['whole'])
  expect(messages(await source.read({ agent: 'dev', ...newest, cursor: first.cursor ?? '' }))).toEqual([])
  appendFileSync(file, Buffer.concat([Buffer.from(late).subarray(cut), Buffer.from('\n')]))
  expect(messages(await source.read({ agent: 'dev', ...newest, cursor: first.cursor ?? '' }))).toEqual(['späte Zeile'])
})

test('what a crash has cut off costs no other entry', async () => {
  const { root, source, write } = freshLogs()
  mkdirSync(join(root, 'agents/dev'), { recursive: true })
  writeFileSync(join(root, 'agents/dev/2026-11-21.log'), '{"level":30,"ti')
  write('dev', 'after it')
  expect(messages(await source.read({ agent: 'dev', ...newest }))).toEqual(['after it'])
})

test('entries longer than what is read at once come whole, those beyond reason are left out', async () => {
  const { source, write } = freshLogs()
  write('dev', 'before')
  write('dev', 'long', { text: 'ü'.repeat(300_000) })
  write('dev', 'endless', { text: 'x'.repeat(5_000_000) })
  write('dev', 'after')
  const page = await source.read({ agent: 'dev', ...newest })
  expect(messages(page)).toEqual(['before', 'long', 'after'])
  expect(page.entries[1]?.text).toHaveLength(300_000)
  const cursor = Buffer.from('2026-11-21:0').toString('base64url')
  expect(messages(await source.read({ agent: 'dev', ...newest, cursor }))).toEqual(['before', 'long', 'after'])
})

test('a cursor of another log is refused, one of a file that is gone goes on with the next', async () => {
  const { source, write } = freshLogs()
  write('dev', 'only')
  for (const place of ['nonsense', '2026-11-21', '2026-11-21:-1', '2026-11-21:99999', '../../etc/passwd:0']) {
    const cursor = Buffer.from(place).toString('base64url')
    await expect(source.read({ agent: 'dev', ...newest, cursor })).rejects.toThrow(BadCursor)
  }
  const cursor = Buffer.from('2026-11-01:500').toString('base64url')
  expect(messages(await source.read({ agent: 'dev', ...newest, cursor }))).toEqual(['only'])
})

test('files are kept for 14 days and are for their owner alone', async () => {
  const { root, writer, write, at } = freshLogs()
  for (let day = 0; day < 20; day++) {
    at(noon + day * 24 * hour)
    write('dev', 'x')
    write(undefined, 'x')
  }
  writeFileSync(join(root, 'agents/dev/notes.txt'), 'of somebody else')
  await writer.removeOld()
  expect(readdirSync(join(root, 'scheduler'))).toHaveLength(15)
  expect(readdirSync(join(root, 'agents/dev'))).toHaveLength(16)
  expect(statSync(join(root, 'scheduler/2026-12-10.log')).mode & 0o777).toBe(0o600)
  expect(statSync(join(root, 'agents/dev')).mode & 0o777).toBe(0o700)
})

test('a log that cannot be written is said once, and written again when it can be', async () => {
  const { root, source, write, failures } = freshLogs()
  writeFileSync(join(root, 'agents'), 'in the way')
  write('dev', 'lost')
  write('dev', 'lost')
  expect(failures).toHaveLength(1)
  rmSync(join(root, 'agents'))
  write('dev', 'kept')
  expect(messages(await source.read({ agent: 'dev', ...newest }))).toEqual(['kept'])
})

test('lines of a container become entries of its run', () => {
  const about = { run: 'dev-aa', now: noon }
  const own = JSON.stringify({
    _log: true,
    level: 'error',
    msg: 'tool error',
    ts: noon - 5,
    tool: 'bash',
    instance: 'x',
  })
  expect(entryOf(own, 'stdout', about)).toEqual({
    level: 50,
    time: noon - 5,
    msg: 'tool error',
    tool: 'bash',
    instance: 'dev-aa',
  })
  const strange = JSON.stringify({ _log: true, level: 'loud', msg: 7, ts: 12 })
  expect(entryOf(strange, 'stdout', about)).toMatchObject({ level: 30, time: noon, msg: 'output' })
  for (const text of ['plain text', '{"some":"json"}', '{"_log":"no"}', '{broken', 'null']) {
    expect(entryOf(text, 'stdout', about)).toEqual({ level: 30, time: noon, msg: 'output', instance: 'dev-aa', text })
  }
  expect(entryOf('e'.repeat(600), 'stderr', about)).toMatchObject({
    level: 40,
    msg: 'container stderr',
    text: 'e'.repeat(500),
  })
  expect(entryOf(' \r', 'stdout', about)).toBeUndefined()
})
