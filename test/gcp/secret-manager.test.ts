import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { googleApi } from '../../functions/gcp/google-api.ts'
import { secretManager } from '../../functions/gcp/secret-manager.ts'
import { type FakeGoogle, fakeGoogle } from './fake-google.ts'

let fake: FakeGoogle
let clock = 0
beforeAll(async () => {
  fake = await fakeGoogle()
})
beforeEach(() => {
  clock = 1_000_000
  fake.calls.length = 0
  fake.secrets.clear()
  fake.secrets.set('key', 'first')
})
afterAll(() => fake.close())

const reader = () =>
  secretManager({ api: googleApi(async () => 'token'), project: 'p', now: () => clock, url: fake.url })

test('a value is asked for once by however many requests, and again after five minutes', async () => {
  const secrets = reader()
  expect(await Promise.all([secrets.read('key'), secrets.read('key')])).toEqual(['first', 'first'])
  fake.secrets.set('key', 'second')
  clock += 299_999
  expect(await secrets.read('key')).toBe('first')
  expect(fake.calls).toHaveLength(1)
  clock += 1
  expect(await secrets.read('key')).toBe('second')
})

test('a rotated value is found past the cache, but not more often than every ten seconds', async () => {
  const secrets = reader()
  await secrets.read('key')
  fake.secrets.set('key', 'second')
  clock += 9999
  expect(await secrets.refresh('key')).toBe('first')
  clock += 1
  expect(await secrets.refresh('key')).toBe('second')
  expect(await secrets.read('key')).toBe('second')
  expect(fake.calls).toHaveLength(2)
})

test('what is not stored is nothing; what could not be asked for is an error, and not kept', async () => {
  const secrets = reader()
  expect(await secrets.read('missing')).toBeUndefined()
  fake.state.next = fake.error(403, 'PERMISSION_DENIED')
  await expect(secrets.read('key')).rejects.toThrow('grant roles/secretmanager.secretAccessor on secret key')
  fake.state.next = fake.error(503, 'UNAVAILABLE')
  await expect(secrets.read('key')).rejects.toThrow('secret key could not be read: UNAVAILABLE')
  expect(await secrets.read('key')).toBe('first')
})
