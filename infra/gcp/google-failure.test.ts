import { expect, test } from 'vitest'
import { refusalAsFailure } from './google-failure.ts'

const about = { host: 'run.googleapis.com', project: 'acme-cloud' }
const info = (reason: string, metadata: Readonly<Record<string, string>> = {}) => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  metadata,
})
const refusal = (status: number, error: object) => refusalAsFailure({ ...about, status, body: { error } })

test.each([
  [
    'an API that is off, with the command that turns it on',
    refusal(403, {
      message: 'Cloud Run Admin API has not been used in project 123 before or it is disabled.',
      details: [info('SERVICE_DISABLED', { service: 'run.googleapis.com' })],
    }),
    ['service', /gcloud services enable run\.googleapis\.com --project acme-cloud/],
  ],
  [
    'a permission, by its name',
    refusal(403, {
      message: 'denied',
      details: [info('IAM_PERMISSION_DENIED', { permission: 'run.jobs.get', resource: '//x' })],
    }),
    ['denied', /the permission run\.jobs\.get is missing on \/\/x/],
  ],
  [
    'a permission, as Cloud Storage says it',
    refusal(403, { message: 'me@x does not have storage.buckets.get access to the Google Cloud Storage bucket.' }),
    ['denied', /the permission storage\.buckets\.get is missing/],
  ],
  [
    'billing that is off, with the page that links an account',
    refusal(403, { message: 'This API method requires billing to be enabled.' }),
    ['service', /console\.cloud\.google\.com\/billing\/linkedaccount\?project=acme-cloud/],
  ],
  [
    'a project that pays, with the command that names it',
    refusal(403, { message: 'The run.googleapis.com API requires a quota project, which is not set by default.' }),
    ['credentials', /set-quota-project acme-cloud/],
  ],
  [
    'credentials that are not taken',
    refusal(401, { message: 'Request had invalid authentication credentials.', status: 'UNAUTHENTICATED' }),
    ['credentials', /gcloud auth application-default login/],
  ],
  [
    'a quota, by its name',
    refusal(429, {
      message: 'Quota exceeded',
      details: [info('RATE_LIMIT_EXCEEDED', { quota_metric: 'logging.googleapis.com/read_requests' })],
    }),
    ['service', /used up \(logging\.googleapis\.com\/read_requests\): try again later/],
  ],
  [
    'anything else, in the words of Google',
    refusal(404, { message: 'not here', status: 'NOT_FOUND' }),
    ['service', /^run\.googleapis\.com: NOT_FOUND: not here$/],
  ],
  [
    'an answer that is no JSON of Google',
    refusalAsFailure({ ...about, status: 502, body: {} }),
    ['service', /HTTP 502/],
  ],
] as const)('it tells %s', (_, failure, [reason, words]) => {
  expect(failure.reason).toBe(reason)
  expect(failure.message).toMatch(words)
  expect(failure.message).not.toContain('\n')
})
