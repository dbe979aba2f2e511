import { expect, test } from 'vitest'
import { exitCodes, UserError } from '../errors.ts'
import { oncePermitted } from './new-rights.ts'

const denied =
  'image "base" could not be built: FAILURE: failed to Fetch: failed to download archive gs://b/x.zip: Access to bucket b denied. You must grant Storage Object Viewer permission to al-builder@p.iam.gserviceaccount.com'

async function tried(messages: readonly string[], areNew = true) {
  const waited: number[] = []
  let tries = 0
  const work = async () => {
    const message = messages[tries++]
    if (message !== undefined) throw new UserError(message, exitCodes.failure)
  }
  const pause = async (seconds: number) => void waited.push(seconds)
  const failed = await oncePermitted(work, { areNew, ui: { emit: () => {} }, pause }).then(
    () => undefined,
    (error: Error) => error.message,
  )
  return { tries, waited, failed }
}

test('a build that is refused because its rights are seconds old is tried again', async () => {
  expect(await tried([denied, denied])).toEqual({ tries: 3, waited: [10, 20], failed: undefined })
})

test.each([
  'agent dev Job: Google Cloud Run Service Agent service-1@serverless-robot-prod.iam.gserviceaccount.com must have permission to read the image, europe-west1-docker.pkg.dev/p/r/base:1. If you just enabled the Cloud Run API, the permissions might take a few minutes to propagate.',
  'agent dev Job: Google Cloud Run Service Agent does not have permission to get access tokens for the service account al-dev@p.iam.gserviceaccount.com.',
  'state Database: the API firestore.googleapis.com is not enabled: gcloud services enable firestore.googleapis.com; it takes a minute or two to count',
  'builder/project/logWriter: Error setting IAM policy: Service account al-builder@p.iam.gserviceaccount.com does not exist.',
])('what an empty project says in its first minutes is tried again: %s', async (message) => {
  expect(await tried([message])).toMatchObject({ tries: 2, failed: undefined })
})

test('what never counts is told in the end', async () => {
  const { tries, failed } = await tried(Array(20).fill(denied))
  expect({ tries, failed }).toEqual({ tries: 7, failed: denied })
})

test('rights that are not new, and other failures, are told at once', async () => {
  expect(await tried([denied], false)).toMatchObject({ tries: 1, waited: [], failed: denied })
  expect(await tried(['npm ERR! not found'])).toMatchObject({ tries: 1, waited: [], failed: 'npm ERR! not found' })
})
