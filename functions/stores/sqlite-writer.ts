import { parentPort, workerData } from 'node:worker_threads'
import { openForWriting } from './sqlite-table.ts'

/** What a commit writes: of a put, its data as JSON. */
export interface WriterWrite {
  readonly pk: string
  readonly sk: string
  readonly expected: string
  readonly version: string
  readonly expiresAt: number | null
  /** Absent: a delete. */
  readonly json?: string
}

/** Commits that came in together. `collect`: delete what expired before this many epoch seconds. */
export interface Batch {
  readonly commits: readonly (readonly WriterWrite[])[]
  readonly collect?: number
}

/** For each commit whether it was written; or why none was. */
export type BatchAnswer = { readonly written: readonly boolean[] } | { readonly error: unknown }

/**
 * The thread that writes. A commit waits for the disk, and whoever waits here cannot answer requests: the gateway goes on
 * in its own thread, and what comes in meanwhile shares the next sync.
 */
const { file } = workerData as { readonly file: string }
const database = openForWriting(file)
let prepared: ReturnType<typeof prepare> | undefined

const prepare = () => ({
  versionOf: database.prepare('SELECT version FROM items WHERE pk = ? AND sk = ?'),
  put: database.prepare(
    `INSERT INTO items (pk, sk, version, expires_at, data) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET version = excluded.version, expires_at = excluded.expires_at, data = excluded.data`,
  ),
  remove: database.prepare('DELETE FROM items WHERE pk = ? AND sk = ?'),
  collect: database.prepare('DELETE FROM items WHERE expires_at IS NOT NULL AND expires_at < ?'),
})

function transact({ commits, collect }: Batch): BatchAnswer {
  try {
    prepared ??= prepare()
    const { versionOf, put, remove, collect: collectBefore } = prepared
    const isAsExpected = ({ pk, sk, expected }: WriterWrite) =>
      ((versionOf.get(pk, sk) as { readonly version: string } | undefined)?.version ?? '') === expected
    database.exec('BEGIN IMMEDIATE')
    const written = commits.map((writes) => {
      // Everything is checked before anything is written, so a commit that fails has nothing to take back.
      if (!writes.every(isAsExpected)) return false
      for (const { pk, sk, version, expiresAt, json } of writes) {
        if (json === undefined) remove.run(pk, sk)
        else put.run(pk, sk, version, expiresAt, json)
      }
      return true
    })
    if (collect !== undefined) collectBefore.run(collect)
    database.exec('COMMIT')
    return { written }
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    return { error }
  }
}

parentPort?.on('message', (message: Batch | 'close') => {
  if (message !== 'close') parentPort?.postMessage(transact(message))
  else {
    database.close()
    parentPort?.close()
  }
})
