import { randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { absent, checkWrites, type Expected, type Item, type Store, type Write } from '../../core/store.ts'

export interface SqliteOptions {
  /** The database file; its directory is made when it is missing. */
  readonly file: string
  /** Epoch milliseconds. */
  readonly now?: () => number
}

/** Changes with the table's shape; a file of another version is refused rather than guessed at. */
const formatVersion = 1

/** Expired items stay this long, so that nobody's expectation of one is pulled away under a running command. */
const collectAfterSeconds = 24 * 3600
const collectEveryMs = 3600 * 1000

/**
 * Milliseconds for which a commit waits for others to share its sync, as long as every turn of the event loop brings some.
 * One that is alone does not wait.
 */
const longestGathering = 4

/** How long to wait for another process that is writing, in milliseconds. */
const busyTimeout = 5000

interface Pending {
  readonly writes: readonly Write[]
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
 * costs a sync of the disk for each transaction; commits that come in together therefore share one transaction, each of
 * them all or nothing by itself.
 *
 *   commit a ─┐
 *   commit b ─┼─▶ BEGIN IMMEDIATE, a: check, write; b: check → conflict; c: check, write; COMMIT ─▶ answers
 *   commit c ─┘
 *
 * Several processes may open the same file.
 */
export function sqliteStore({ file, now = Date.now }: SqliteOptions): Store {
  const database = open(file)
  const statements = prepare(database)
  const isGone = (row: Row) => row.expires_at !== null && row.expires_at * 1000 <= now()
  let pending: Pending[] = []
  let gatheringSince: number | undefined
  let collected = Number.NEGATIVE_INFINITY

  const find = (pk: string, sk: string) => statements.get.get(pk, sk) as Row | undefined

  /** Everything is checked before anything is written, so a commit that fails has nothing to take back. */
  function apply(writes: readonly Write[]): 'ok' | 'conflict' {
    const holds = ({ key: { pk, sk }, expected }: Write) =>
      ((statements.versionOf.get(pk, sk) as Pick<Row, 'version'> | undefined)?.version ?? absent) === expected
    if (!writes.every(holds)) return 'conflict'
    const version = randomUUID()
    for (const write of writes) {
      const { pk, sk } = write.key
      if (write.kind === 'delete') statements.delete.run(pk, sk)
      else statements.put.run(pk, sk, version, write.expiresAt ?? null, JSON.stringify(write.data))
    }
    return 'ok'
  }

  /** Called once in every turn of the event loop while commits wait. */
  function gather(before: number): void {
    const since = gatheringSince ?? 0
    if (pending.length > before && performance.now() - since < longestGathering) setImmediate(gather, pending.length)
    else flush()
  }

  function flush(): void {
    gatheringSince = undefined
    const batch = pending
    pending = []
    try {
      database.exec('BEGIN IMMEDIATE')
      const answers = batch.map(({ writes }) => apply(writes))
      if (now() - collected > collectEveryMs) {
        statements.collect.run(Math.floor(now() / 1000) - collectAfterSeconds)
        collected = now()
      }
      database.exec('COMMIT')
      batch.forEach(({ resolve }, i) => {
        resolve(answers[i] ?? 'conflict')
      })
    } catch (error) {
      if (database.isOpen && database.isTransaction) database.exec('ROLLBACK')
      for (const { reject } of batch) reject(error)
    }
  }

  return {
    async get(keys) {
      return keys.map(({ pk, sk }) => {
        const row = find(pk, sk)
        if (row === undefined) return { pk, sk, expected: absent }
        return { pk, sk, expected: row.version as Expected, ...(isGone(row) ? {} : { data: JSON.parse(row.data) }) }
      })
    },
    async list(pk, { prefix = '', after = '', limit = -1 } = {}) {
      // One lower bound: of two, SQLite might search by the wrong one and read the partition up to the other.
      const [list, start] = after >= prefix ? [statements.listAfter, after] : [statements.listFrom, prefix]
      const rows = list.all(pk, start, `${prefix}\u{10ffff}`, now() / 1000, limit) as unknown as Row[]
      return rows.map(
        ({ sk, version, data }): Item => ({ pk, sk, expected: version as Expected, data: JSON.parse(data) }),
      )
    },
    async commit(writes) {
      checkWrites(writes)
      return new Promise((resolve, reject) => {
        pending.push({ writes, resolve, reject })
        if (gatheringSince !== undefined) return
        gatheringSince = performance.now()
        setImmediate(gather, 1)
      })
    },
    async close() {
      if (pending.length > 0) flush()
      if (database.isOpen) database.close()
    },
  }
}

function open(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true })
  const database = new DatabaseSync(file, { timeout: busyTimeout })
  // Prompts and results stand in it: nobody else on this machine needs to read them.
  chmodSync(file, 0o600)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  const { user_version: found } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (found > formatVersion) {
    database.close()
    throw new Error(`${file} is of a newer version of al (format ${found}, this is ${formatVersion}); update al`)
  }
  database.exec(`
    -- No WITHOUT ROWID: it would spread a commit's rows over the file by their keys, three times the work for the disk.
    CREATE TABLE IF NOT EXISTS items (
      pk TEXT NOT NULL, sk TEXT NOT NULL, version TEXT NOT NULL, expires_at INTEGER, data TEXT NOT NULL,
      PRIMARY KEY (pk, sk)
    );
    CREATE INDEX IF NOT EXISTS expiring ON items (expires_at) WHERE expires_at IS NOT NULL;
    PRAGMA user_version = ${formatVersion}`)
  return database
}

type Statements = Record<'get' | 'versionOf' | 'listFrom' | 'listAfter' | 'put' | 'delete' | 'collect', StatementSync>

function prepare(database: DatabaseSync): Statements {
  const list = (start: string) =>
    database.prepare(
      `SELECT sk, version, expires_at, data FROM items
       WHERE pk = ? AND ${start} AND sk < ? AND (expires_at IS NULL OR expires_at > ?)
       ORDER BY sk LIMIT ?`,
    )
  return {
    get: database.prepare('SELECT sk, version, expires_at, data FROM items WHERE pk = ? AND sk = ?'),
    versionOf: database.prepare('SELECT version FROM items WHERE pk = ? AND sk = ?'),
    listFrom: list('sk >= ?'),
    listAfter: list('sk > ?'),
    put: database.prepare(
      `INSERT INTO items (pk, sk, version, expires_at, data) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET version = excluded.version, expires_at = excluded.expires_at, data = excluded.data`,
    ),
    delete: database.prepare('DELETE FROM items WHERE pk = ? AND sk = ?'),
    collect: database.prepare('DELETE FROM items WHERE expires_at IS NOT NULL AND expires_at < ?'),
  }
}
