import { expect, onTestFinished, test } from 'vitest'
import { openGoogleAccount } from '../../infra/gcp/account.ts'
import { hasStateBucket, makeStateBucket } from '../../infra/gcp/deploy/state-bucket.ts'
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
