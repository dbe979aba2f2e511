import { expect, onTestFinished, test } from 'vitest'
import { openGoogleAccount } from '../../infra/gcp/account.ts'
import { secretManager } from '../../infra/gcp/secrets/secret-manager.ts'
import { hashOf } from '../../infra/secrets/value-hash.ts'
import { startFakeGoogle } from '../support/google/fake-google.ts'

const id = 'action-llama--github_token--default--token'
const ours = { tagsIfNew: { 'al:created-by': 'al-acme' }, tags: { 'al:used-by:al-acme': 'true' } }

async function opened() {
  const google = await startFakeGoogle()
  onTestFinished(google.stop)
  const account = await openGoogleAccount({ project: google.project, region: google.region }, google.endpoint)
  const states = () => (google.secrets.secrets.get(id)?.versions ?? []).map(({ state }) => state)
  return { google, store: secretManager(account), states }
}

test('of a secret that al has made only the newest version can be read', async () => {
  const { store, states } = await opened()
  await store.write(id, 'one', ours)
  await store.write(id, 'two', ours)
  await store.write(id, 'three', ours)
  expect(states()).toEqual(['DESTROYED', 'DESTROYED', 'ENABLED'])
  expect(await store.read(id)).toBe('three')
  expect(await store.describe(id)).toEqual({
    hash: await hashOf(id, 'three'),
    tags: expect.objectContaining({ 'al:created-by': 'al-acme', 'al:used-by:al-acme': 'true' }),
  })
})

test('what others have made keeps its versions', async () => {
  const { google, store, states } = await opened()
  google.secrets.put(id, 'by hand')
  await store.write(id, 'mine', { tags: ours.tags })
  expect(states()).toEqual(['ENABLED', 'ENABLED'])
  expect(await store.read(id)).toBe('mine')
})

test('a value that somebody else has written is not known by the hash of the one before', async () => {
  const { google, store } = await opened()
  await store.write(id, 'mine', ours)
  google.secrets.put(id, 'theirs')
  expect((await store.describe(id))?.hash).toBeUndefined()
})

test('a write whose answers are lost is done once more, and leaves one value', async () => {
  const { google, store, states } = await opened()
  google.next(/POST \S+secretId=/, 'lose the answer')
  google.next(/:addVersion/, 'lose the answer', { status: 503, body: {} })
  google.next(/PATCH/, 'lose the answer')
  google.next(/:destroy/, 'lose the answer')
  await store.write(id, 'value', ours)
  expect(states()).toEqual(['DESTROYED', 'ENABLED'])
  expect((await store.describe(id))?.hash).toBe(await hashOf(id, 'value'))
})

test('where an organisation allows certain regions alone, the value is kept in the region of the project', async () => {
  const { google, store } = await opened()
  const message =
    "Constraint constraints/gcp.resourceLocations violated for 'projects/acme-cloud' with location global."
  google.next(/POST \S+secretId=/, {
    status: 400,
    body: { error: { code: 400, status: 'FAILED_PRECONDITION', message } },
  })
  await store.write(id, 'value', ours)
  expect(google.secrets.secrets.get(id)?.replication).toEqual({
    userManaged: { replicas: [{ location: 'europe-west1' }] },
  })
})

test('a version that is disabled, or was destroyed, is no value', async () => {
  const { google, store } = await opened()
  await store.write(id, 'value', ours)
  const secret = google.secrets.secrets.get(id)
  if (secret === undefined) throw new Error('no secret')
  google.secrets.secrets.set(id, { ...secret, versions: [{ value: 'value', state: 'DISABLED' }] })
  expect(await store.describe(id)).toBeUndefined()
  expect(await store.read(id)).toBeUndefined()
})

test('tags of two who write at the same time are both there', async () => {
  const { store } = await opened()
  await store.write(id, 'value', ours)
  await Promise.all(['a', 'b', 'c'].map((one) => store.tag(id, { [`al:used-by:${one}`]: 'true' })))
  const { tags = {} } = (await store.describe(id)) ?? {}
  expect(Object.keys(tags).filter((key) => key.startsWith('al:used-by:'))).toHaveLength(4)
})

test('a list of several pages is read to its end, and a value is in no address and no error', async () => {
  const { google, store } = await opened()
  for (let n = 0; n < 1100; n++) google.secrets.put(`other-${n}`, 'x')
  await store.write(id, 'canary-0123456789', ours)
  expect(await store.tagged('al:used-by:al-acme')).toEqual([{ id, tags: expect.anything() }])
  google.next(/:addVersion/, {
    status: 400,
    body: { error: { code: 400, status: 'INVALID_ARGUMENT', message: `bad value: ${btoa('canary-0123456789')}` } },
  })
  const failure = await store.write(id, 'canary-0123456789', ours).catch(String)
  expect(failure).toMatch(/left out/)
  expect(failure).not.toContain(btoa('canary-0123456789').slice(0, 10))
  expect(google.calls.map(({ path, query }) => `${path}?${query}`).join('\n')).not.toContain('canary')
})
