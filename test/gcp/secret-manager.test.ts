import { afterEach, beforeEach, expect, test } from 'vitest'
import { googleAddress } from '../../core/google-address.ts'
import { googleApi } from '../../functions/gcp/google-api.ts'
import { secretManager } from '../../functions/gcp/secret-manager.ts'
import { type FakeGoogle, type Fate, fakeGoogle, googleError } from './fake-google.ts'

let fake: FakeGoogle
beforeEach(async () => {
  fake = await fakeGoogle()
  fake.secrets.set('key', 'first')
})
afterEach(() => fake.close())

const read = (id: string) => {
  const api = googleApi(async () => 'token', googleAddress(fake.endpoint), { timeout: 500, firstPause: 10 })
  return secretManager({ api, project: 'p' })(id)
}

test('what is not stored is nothing', async () => {
  expect(await read('missing')).toBeUndefined()
  expect(await read('key')).toBe('first')
})

const unavailable = googleError(503, 'UNAVAILABLE')
test.each<[string, Fate[]]>([
  ['busy', [unavailable, googleError(429, 'RESOURCE_EXHAUSTED')]],
  ['broken for a moment', [googleError(500, 'INTERNAL')]],
  ['silent', ['lose the answer', 'lose the answer']],
  ['late', ['hang', 'hang']],
])('a store that is %s is asked again', async (_, fates) => {
  fake.meet(...fates)
  expect(await read('key')).toBe('first')
})

test.each<[string, Fate[], string]>([
  ['stays silent', ['hang', 'hang', 'hang'], 'secretmanager.googleapis.com gave no answer (TimeoutError)'],
  ['stays busy', [unavailable, unavailable, unavailable], 'secret key could not be read: UNAVAILABLE'],
  [
    'forbids it',
    [googleError(403, 'PERMISSION_DENIED')],
    'grant roles/secretmanager.secretAccessor on secret key to the gateway',
  ],
  ['answers something else', [{ body: { payload: { data: 7 } } }], 'secret key could not be read: HTTP 200'],
  ['answers nonsense', [{ body: '<html>' }], 'secret key could not be read: HTTP 200'],
])('when the store %s, that is said and not taken for an empty secret', async (_, fates, why) => {
  fake.meet(...fates)
  await expect(read('key')).rejects.toThrow(why)
})
