import { DatabaseSync } from 'node:sqlite'

/** Changes with the table's shape; a file of another version is refused rather than guessed at. */
const formatVersion = 1

/** How long to wait for another process that is writing, in milliseconds. */
const busyTimeout = 5000

/** A connection for writing: with full durability, what was committed survives a power cut. */
export function openForWriting(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: busyTimeout })
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  return database
}

/** A connection for reading: it sees what is committed and durable, while another one writes. */
export const openForReading = (file: string): DatabaseSync =>
  new DatabaseSync(file, { timeout: busyTimeout, readOnly: true })

/** Makes the table where it is missing. Throws if a newer version of al has made it. */
export function prepareTable(database: DatabaseSync, file: string): void {
  const { user_version: found } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (found > formatVersion) {
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
}
