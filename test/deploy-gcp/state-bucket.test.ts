import { expect, onTestFinished, test } from 'vitest'
import type { Plan } from '../../core/plan/schema.ts'
import { openGoogleAccount } from '../../infra/gcp/account.ts'
import { hasStateBucket, makeStateBucket } from '../../infra/gcp/deploy/state-bucket.ts'
import { stateFiles } from '../../infra/gcp/deploy/state-files.ts'
import { stackPlace } from '../../infra/gcp/stack-place.ts'
import { startFakeGoogle } from '../support/google/fake-google.ts'

const bucket = 'acme-cloud-al-state'

async function opened() {
  const google = await startFakeGoogle()
  onTestFinished(google.stop)
  return {
    google,
    account: await openGoogleAccount({ project: 'acme-cloud', region: 'europe-west1' }, google.endpoint),
  }
}

test('the bucket for state is closed to the public, keeps versions, and lies where the project is', async () => {
  const { google, account } = await opened()
  expect(await hasStateBucket(bucket, account)).toBe(false)
  await makeStateBucket(bucket, account)
  expect(google.storage.buckets.get(bucket)).toMatchObject({
    location: 'europe-west1',
    versioning: { enabled: true },
    iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: 'enforced' },
  })
  expect(await hasStateBucket(bucket, account)).toBe(true)
})

test('made by two deploys at once, it is used by both', async () => {
  const { account } = await opened()
  await Promise.all([makeStateBucket(bucket, account), makeStateBucket(bucket, account)])
  expect(await hasStateBucket(bucket, account)).toBe(true)
})

test('a stranger who takes the name between looking and making does not get the state', async () => {
  const { google, account } = await opened()
  expect(await hasStateBucket(bucket, account)).toBe(false)
  google.storage.buckets.set(bucket, { name: bucket, projectNumber: '666' })
  await expect(makeStateBucket(bucket, account)).rejects.toThrow(/belongs to another project than acme-cloud/)
})

test('only the lock that was looked at is taken away, not one that was taken meanwhile', async () => {
  const { google, account } = await opened()
  const place = stackPlace({ project: 'life', environment: 'default', target: { account: 'acme-cloud' } } as Plan)
  google.storage.buckets.set(bucket, { name: bucket })
  const lock = (name: string) =>
    google.storage.put(bucket, `${place.locks}${name}.json`, JSON.stringify({ pid: 7, username: 'ci', hostname: name }))
  lock('first')
  const files = stateFiles(`gs://${bucket}`, account)
  const [first] = await files.locks(place)
  if (first === undefined) throw new Error('there is no lock')
  lock('second')
  await files.unlock(first)
  // Somebody else may have freed it, too.
  await files.unlock(first)
  expect((await files.locks(place)).map(({ host }) => host)).toEqual(['second'])
})
