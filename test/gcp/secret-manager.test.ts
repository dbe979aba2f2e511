import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { googleApi } from '../../functions/gcp/google-api.ts'
import { secretManager } from '../../functions/gcp/secret-manager.ts'
import { type FakeGoogle, fakeGoogle } from './fake-google.ts'

let fake: FakeGoogle
beforeAll(async () => {
  fake = await fakeGoogle()
})
beforeEach(() => {
  fake.secrets.clear()
  fake.secrets.set('key', 'first')
})
afterAll(() => fake.close())

const reader = () => secretManager({ api: googleApi(async () => 'token'), project: 'p', url: fake.url })

test('what is not stored is nothing; what could not be asked for is an error', async () => {
  const read = reader()
  expect(await read('missing')).toBeUndefined()
  fake.state.next = fake.error(403, 'PERMISSION_DENIED')
  await expect(read('key')).rejects.toThrow('grant roles/secretmanager.secretAccessor on secret key')
  fake.state.next = fake.error(503, 'UNAVAILABLE')
  await expect(read('key')).rejects.toThrow('secret key could not be read: UNAVAILABLE')
  expect(await read('key')).toBe('first')
})
