import { expect, onTestFinished, test } from 'vitest'
import { openGoogleAccount } from '../../infra/gcp/account.ts'
import { waitUntilUsable } from '../../infra/gcp/deploy/usable-apis.ts'
import { startFakeGoogle } from '../support/google/fake-google.ts'
import { disabledApi } from '../support/google/service.ts'

const secrets = 'secretmanager.googleapis.com'
const projects = 'cloudresourcemanager.googleapis.com'
const place = { project: 'acme-cloud', region: 'europe-west1' }

async function google() {
  const started = await startFakeGoogle()
  onTestFinished(started.stop)
  return started
}

test('an API that was enabled a moment ago, and still says that it is off, is waited for', async () => {
  const { endpoint, number, next, calls } = await google()
  const account = await openGoogleAccount(place, endpoint)
  next(/secretmanager/, disabledApi(secrets, number), disabledApi(secrets, number))
  await waitUntilUsable([secrets, 'run.googleapis.com'], account, { polling: 1 })
  expect(calls.filter(({ host }) => host === secrets)).toHaveLength(3)
})

test('one that stays off is not waited for without end', async () => {
  const { endpoint, apis } = await google()
  const account = await openGoogleAccount(place, endpoint)
  apis.disabled.add(secrets)
  await waitUntilUsable([secrets], account, { polling: 1, patience: 3 })
  expect(apis.disabled.has(secrets)).toBe(true)
})

test('a new project, which lacks even the API that tells of projects, is opened; a deploy enables it', async () => {
  const { endpoint, number, apis } = await google()
  apis.disabled.add(projects)
  expect(await openGoogleAccount(place, endpoint)).toMatchObject({ project: 'acme-cloud', number })
})

test('where another project pays for calls and lacks that API, it is told', async () => {
  const { endpoint, next } = await google()
  next(/cloudresourcemanager/, disabledApi(projects, '999'))
  await expect(openGoogleAccount(place, endpoint)).rejects.toThrow(/cloudresourcemanager.googleapis.com is not enabled/)
})
