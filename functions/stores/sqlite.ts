import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { absent, checkWrites, type Expected, type Item, type Store, type Write } from '../../core/store.ts'
import { openForReading, openForWriting, prepareTable } from './sqlite-table.ts'
import type { Batch, BatchAnswer, WriterWrite } from './sqlite-writer.ts'

export interface SqliteOptions {
  /** The database file; its directory is made when it is missing. */
  readonly file: string
  /** Epoch milliseconds. */
  readonly now?: () => number
}

/** Expired items stay this long, so that nobody's expectation of one is pulled away under a running command. */
const collectAfterSeconds = 24 * 3600
const collectEveryMs = 3600 * 1000

interface Pending {
  readonly writes: readonly WriterWrite[]
  readonly resolve: (answer: 'ok' | 'conflict') => void
  readonly reject: (error: unknown) => void
}

interface Row {
  readonly sk: string
  readonly version: string
  readonly expires_at: number | null
  readonly data: string
}

/**
 * The store of one machine: SQLite in WAL mode with full durability, so that what was answered survives a power cut. That
 * costs a sync of the disk for each transaction; a thread of its own waits for it, and commits that come in meanwhile share
 * the next one, each of them all or nothing by itself.
 *
 *   commit a ─▶ writer: BEGIN IMMEDIATE, a: check, write; COMMIT ────────▶ answer
 *   commit b ─┐                                  ┊
 *   commit c ─┴─ wait ───────────────────────────┴▶ BEGIN, b: …; c: …; COMMIT ─▶ answers
 *
 * Reads have a connection of their own, which sees a commit once it is on the disk. Several processes may open the file.
 */
export function sqliteStore({ file, now = Date.now }: SqliteOptions): Store {
  create(file)
  const database = openForReading(file)
  const statements = prepare(database)
  const isGone = (row: Row) => row.expires_at !== null && row.expires_at * 1000 <= now()
  const writer = writerOf(file, now)
  const find = (pk: string, sk: string) => statements.get.get(pk, sk) as Row | undefined

  return {
    async get(keys) {
      return keys.map(({ pk, sk }) => {
        const row = find(pk, sk)
        if (row === undefined) return { pk, sk, expected: absent }
        return { pk, sk, expected: row.version as Expected, ...(isGone(row) ? {} : { data: JSON.parse(row.data) }) }
      })
    },
    async list(pk, { prefix = '', after = '', limit = -1 } = {}) {
      const end = `${prefix}\u{10ffff}`
      const rows = statements.list.all(pk, prefix, end, after, now() / 1000, limit) as unknown as Row[]
      return rows.map(
        ({ sk, version, data }): Item => ({ pk, sk, expected: version as Expected, data: JSON.parse(data) }),
      )
    },
    async commit(writes) {
      const json = checkWrites(writes)
      const version = randomUUID()
      return await writer.commit(writes.map((write, i) => toWriter(write, version, json[i])))
    },
    async close() {
      await writer.close()
      if (database.isOpen) database.close()
    },
  }
}

const toWriter = (write: Write, version: string, json: string | undefined): WriterWrite => ({
  ...write.key,
  expected: write.expected,
  version,
  expiresAt: write.kind === 'put' ? (write.expiresAt ?? null) : null,
  ...(write.kind === 'put' && { json }),
})

interface Writer {
  commit(writes: readonly WriterWrite[]): Promise<'ok' | 'conflict'>
  /** Writes what waits, then ends the thread. */
  close(): Promise<void>
}

/** The writing thread of a file, started with the first commit. One batch is with it at a time; the rest waits here. */
function writerOf(file: string, now: () => number): Writer {
  let worker: Worker | undefined
  let waiting: Pending[] = []
  let underway: Pending[] = []
  let collected = Number.NEGATIVE_INFINITY
  let broken: unknown
  let closing = false

  function start(): Worker {
    // Beside this file, compiled as it is.
    const code = new URL(`./sqlite-writer${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
    const started = new Worker(code, { workerData: { file } })
    started.on('message', (answer: BatchAnswer) => {
      const batch = underway
      underway = []
      if ('written' in answer) {
        batch.forEach(({ resolve }, i) => {
          resolve(answer.written[i] === true ? 'ok' : 'conflict')
        })
      } else for (const { reject } of batch) reject(answer.error)
      // Those who were answered may have something to add.
      setImmediate(send)
    })
    started.on('error', fail)
    started.on('exit', (code) => {
      if (underway.length + waiting.length > 0) fail(new Error(`the thread that writes ${file} ended with ${code}`))
    })
    return started
  }

  function fail(error: unknown): void {
    broken = error
    const everybody = [...underway, ...waiting]
    underway = []
    waiting = []
    for (const { reject } of everybody) reject(error)
  }

  function send(): void {
    if (underway.length > 0 || worker === undefined) return
    if (waiting.length === 0) {
      if (closing) {
        worker.postMessage('close')
        worker = undefined
      }
      // Nothing is lost if the process ends now: it may.
      else worker.unref()
      return
    }
    underway = waiting
    waiting = []
    const due = now() - collected > collectEveryMs
    if (due) collected = now()
    const collect = due ? { collect: Math.floor(now() / 1000) - collectAfterSeconds } : {}
    worker.ref()
    worker.postMessage({ commits: underway.map(({ writes }) => writes), ...collect } satisfies Batch)
  }

  return {
    commit(writes) {
      return new Promise((resolve, reject) => {
        if (broken !== undefined || closing) return reject(broken ?? new Error(`the store ${file} is closed`))
        worker ??= start()
        // What comes in the same turn of the event loop goes together.
        if (waiting.push({ writes, resolve, reject }) === 1 && underway.length === 0) setImmediate(send)
      })
    },
    async close() {
      if (worker === undefined) return
      closing = true
      const ended = once(worker, 'exit')
      worker.ref()
      send()
      await ended
    },
  }
}

/** Makes the file, for this user alone: prompts and results stand in it. */
function create(file: string): void {
  mkdirSync(dirname(file), { recursive: true })
  const database = openForWriting(file)
  try {
    chmodSync(file, 0o600)
    prepareTable(database, file)
  } finally {
    database.close()
  }
}

function prepare(database: DatabaseSync): Record<'get' | 'list', StatementSync> {
  return {
    get: database.prepare('SELECT sk, version, expires_at, data FROM items WHERE pk = ? AND sk = ?'),
    list: database.prepare(
      `SELECT sk, version, expires_at, data FROM items
       WHERE pk = ? AND sk >= ? AND sk < ? AND sk > ? AND (expires_at IS NULL OR expires_at > ?)
       ORDER BY sk LIMIT ?`,
    ),
  }
}
