import { absent } from '../../core/store.ts'
import { sqliteStore } from '../../functions/stores/sqlite.ts'

/** A process that commits item after item, several at a time, and tells of each one that was answered. */
const store = sqliteStore({ file: process.argv[2] ?? '' })
let next = 0
await Promise.all(
  Array.from({ length: 8 }, async () => {
    for (;;) {
      const n = next++
      const answer = await store.commit([{ kind: 'put', key: { pk: 'p', sk: String(n) }, expected: absent, data: n }])
      if (answer === 'ok') process.send?.(n)
    }
  }),
)
