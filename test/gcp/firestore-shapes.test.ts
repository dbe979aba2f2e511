import { expect, test } from 'vitest'
import { absent, type Key, type Write } from '../../core/store.ts'
import { firestoreStore } from '../../functions/stores/firestore.ts'
import { descriptionsIn } from '../support/google/discovery.ts'

const emulator = process.env.FIRESTORE_EMULATOR_HOST
const describeRequest = descriptionsIn(process.env.AL_GOOGLE_DISCOVERY)
const missing = emulator ? (describeRequest ? undefined : 'AL_GOOGLE_DISCOVERY') : 'FIRESTORE_EMULATOR_HOST'

/** Firestore as Google describes it: the emulator, but nothing passes that is not in the description. */
function describedFirestore() {
  const problems: string[] = []
  const methods = new Set<string>()
  const watched: typeof fetch = async (input, init = {}) => {
    const url = new URL(String(input))
    const found = describeRequest?.({
      method: init.method ?? 'GET',
      host: url.host,
      path: url.pathname,
      query: url.searchParams,
      json: JSON.parse(String(init.body)),
      hasBody: true,
    })
    if (found === undefined || found === 'unknown') problems.push(`${url.pathname} is no method of Firestore's`)
    const headers = { ...(init.headers as Record<string, string>), authorization: 'Bearer owner' }
    const answer = await fetch(`http://${emulator}${url.pathname}${url.search}`, { ...init, headers })
    if (found !== undefined && found !== 'unknown') {
      methods.add(found.id)
      const body: unknown = await answer.clone().json()
      // What Firestore streams comes as a list.
      const parts = answer.ok ? [body].flat() : []
      problems.push(...[...found.problems, ...parts.flatMap(found.answerProblems)].map((one) => `${found.id}: ${one}`))
    }
    return answer
  }
  return { watched, problems, methods }
}

const put = (key: Key, data: unknown, more: Partial<Write> = {}): Write =>
  ({ kind: 'put', key, expected: absent, data, ...more }) as Write

test.skipIf(missing)(
  `all that the store asks of Firestore is as Google describes it${missing ? ` (skipped: ${missing} is not set)` : ''}`,
  async () => {
    const { watched, problems, methods } = describedFirestore()
    const options = { project: `al-shapes-${process.pid}`, database: 'al-test', emulator: '' }
    const store = firestoreStore({ ...options, fetch: watched, accessToken: async () => 'token' })
    const keys = ['a#1', 'a#2', 'b/.#3'].map((sk) => ({ pk: 'live', sk }))
    const [first, second, third] = keys as [Key, Key, Key]
    expect(
      await store.commit([put(first, [[1]]), put(second, 'two', { expiresAt: 4102444800 } as Partial<Write>)]),
    ).toBe('ok')
    expect(await store.commit([put(first, 'again'), put(third, 3)])).toBe('conflict')
    const [found] = await store.get(keys)
    const expected = found?.expected ?? absent
    expect(await store.commit([{ kind: 'delete', key: first, expected }, put(third, 3)])).toBe('ok')
    expect((await store.list('live')).map(({ sk }) => sk)).toEqual(['a#2', 'b/.#3'])
    expect(await store.list('live', { prefix: 'a#', after: 'a#1', limit: 1 })).toMatchObject([{ data: 'two' }])
    expect(problems).toEqual([])
    expect([...methods].sort()).toEqual(
      ['batchGet', 'commit', 'runQuery'].map((name) => `firestore.projects.databases.documents.${name}`),
    )
  },
)
