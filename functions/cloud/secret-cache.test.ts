import { expect, test } from 'vitest'
import { cached } from './secret-cache.ts'

/** A secret store whose value and health a test sets, and a clock that it moves. */
function stored(value?: string) {
  const state = { value, broken: false, reads: 0, now: 0 }
  const read = async () => {
    state.reads += 1
    if (state.broken) throw new Error('no answer')
    return state.value
  }
  return { state, secrets: cached(read, () => state.now) }
}

test('a burst of reads is one read, for five minutes', async () => {
  const { state, secrets } = stored('one')
  expect(await Promise.all([1, 2, 3].map(() => secrets.read('a')))).toEqual(['one', 'one', 'one'])
  state.value = 'two'
  state.now = 299_999
  expect(await secrets.read('a')).toBe('one')
  expect(state.reads).toBe(1)
  state.now = 300_000
  expect(await secrets.read('a')).toBe('two')
})

test('a refresh sees a rotated secret, and is no way to make us read more than every ten seconds', async () => {
  const { state, secrets } = stored('old')
  await secrets.read('a')
  state.value = 'new'
  state.now = 10_000
  expect(await Promise.all([1, 2, 3].map(() => secrets.refresh('a')))).toEqual(['new', 'new', 'new'])
  expect(await secrets.read('a')).toBe('new')
  state.now = 19_999
  expect(await secrets.refresh('a')).toBe('new')
  expect(state.reads).toBe(2)
})

test('that a secret is not stored is remembered as well, until a refresh finds it', async () => {
  const { state, secrets } = stored()
  expect(await secrets.read('a')).toBeUndefined()
  expect(await secrets.read('a')).toBeUndefined()
  expect(state.reads).toBe(1)
  state.value = 'stored now'
  state.now = 10_000
  expect(await secrets.refresh('a')).toBe('stored now')
})

test('a read that failed throws, and is not remembered', async () => {
  const { state, secrets } = stored('value')
  state.broken = true
  await expect(secrets.read('a')).rejects.toThrow('no answer')
  state.broken = false
  expect(await secrets.read('a')).toBe('value')
})

test('secrets are kept apart', async () => {
  const { read } = cached(
    async (id) => `value of ${id}`,
    () => 0,
  )
  expect([await read('a'), await read('b')]).toEqual(['value of a', 'value of b'])
})
