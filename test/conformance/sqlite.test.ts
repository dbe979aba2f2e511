import { fork } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { absent } from '../../core/store.ts'
import { sqliteStore } from '../../functions/stores/sqlite.ts'
import { storeSuite } from './store-suite.ts'

const directory = mkdtempSync(join(tmpdir(), 'al-sqlite-'))
afterAll(() => rmSync(directory, { recursive: true }))

storeSuite({
  name: 'SQLite',
  rounds: 5000,
  open: async (now) => sqliteStore({ file: join(directory, 'nested', 'state.db'), now }),
})

test('what was answered survives the death of the process', async () => {
  const file = join(directory, 'killed.db')
  const child = fork(new URL('../support/sqlite-writer.ts', import.meta.url).pathname, [file])
  const answered: number[] = []
  await new Promise<void>((resolve) => {
    child.on('message', (n: number) => {
      answered.push(n)
      // In the middle of what it is doing, with commits under way.
      if (answered.length === 200) child.kill('SIGKILL')
    })
    child.on('exit', () => resolve())
  })
  const store = sqliteStore({ file })
  const found = new Set((await store.list('p')).map(({ sk }) => Number(sk)))
  await store.close()
  expect(answered.length).toBeGreaterThanOrEqual(200)
  expect(answered.filter((n) => !found.has(n))).toEqual([])
})

test('two processes that write one counter lose no update', async () => {
  const file = join(directory, 'shared.db')
  const store = sqliteStore({ file })
  await store.commit([{ kind: 'put', key: { pk: 'p', sk: 'counter' }, expected: absent, data: 0 }])
  const writer = new URL('../support/sqlite-counter.ts', import.meta.url).pathname
  const counts = await Promise.all(
    [1, 2].map(
      () =>
        new Promise<number>((resolve, reject) => {
          const child = fork(writer, [file, '300'])
          child.on('message', (n: number) => resolve(n))
          child.on('error', reject)
        }),
    ),
  )
  const [counter] = await store.get([{ pk: 'p', sk: 'counter' }])
  await store.close()
  expect(counter?.data).toBe(counts.reduce((a, b) => a + b, 0))
  expect(Math.min(...counts)).toBeGreaterThan(0)
})

test('the state is for its owner only, and a file of a newer version is refused', async () => {
  const file = join(directory, 'newer.db')
  const store = sqliteStore({ file })
  await store.close()
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const raw = new DatabaseSync(file)
  raw.exec('PRAGMA user_version = 99')
  raw.close()
  expect(() => sqliteStore({ file })).toThrow(/newer version of al \(format 99/)
})

test('a commit that fails on the disk is an error, and the next one works', async () => {
  const file = join(directory, 'busy.db')
  const store = sqliteStore({ file })
  const blocker = new DatabaseSync(file)
  blocker.exec('DROP TABLE items')
  const write = { kind: 'put', key: { pk: 'p', sk: 'a' }, expected: absent, data: 1 } as const
  await expect(store.commit([write])).rejects.toThrow(/no such table/)
  blocker.exec(
    'CREATE TABLE items (pk TEXT, sk TEXT, version TEXT, expires_at INTEGER, data TEXT, PRIMARY KEY (pk, sk)) WITHOUT ROWID',
  )
  blocker.close()
  expect(await store.commit([write])).toBe('ok')
  await store.close()
})
