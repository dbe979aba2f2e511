import { sqliteStore } from '../../functions/stores/sqlite.ts'

/** A process that tries so often to count up, and tells how often it succeeded. */
const store = sqliteStore({ file: process.argv[2] ?? '' })
const key = { pk: 'p', sk: 'counter' }
let counted = 0
for (let tries = Number(process.argv[3]); tries > 0; tries--) {
  const [snapshot] = await store.get([key])
  if (snapshot === undefined) throw new Error('get answers every key')
  const data = (snapshot.data as number) + 1
  if ((await store.commit([{ kind: 'put', key, expected: snapshot.expected, data }])) === 'ok') counted++
}
await store.close()
process.send?.(counted)
process.disconnect()
