import { expect, test } from 'vitest'
import { plainReason } from './plain-reason.ts'

test.each([
  [
    `1 error occurred:\n\t* Error creating Job: googleapi: Error 403: Permission 'run.jobs.create' denied on resource 'projects/p/locations/l' (or resource may not exist)., forbidden`,
    /^the identity that deploys needs the permission run\.jobs\.create \(Permission 'run\.jobs\.create' denied on/,
  ],
  [
    'googleapi: Error 403: Cloud Run Admin API has not been used in project 1 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/run.googleapis.com/overview?project=1 then retry. Details: [ { "reason": "SERVICE_DISABLED", "service": "run.googleapis.com" } ], accessNotConfigured',
    /^the API run\.googleapis\.com is not enabled: gcloud services enable run\.googleapis\.com/,
  ],
  [
    'googleapi: Error 403: The billing account for the owning project is disabled in state absent, accountDisabled',
    /^billing is off/,
  ],
  ["googleapi: Error 429: Quota exceeded for quota metric 'Job writes'., rateLimitExceeded", /^a quota is used up/],
  ['googleapi: Error 409: Resource already exists., alreadyExists', /^there is one of this name already/],
  [
    'Error applying IAM policy for cloudrunv2 service: googleapi: Error 400: One or more users named in the policy do not belong to a permitted customer,  perhaps due to an organization policy., failedPrecondition',
    /^a policy of the organization \(domain restricted sharing.*except this project from it \(One or more users/,
  ],
  ['something else\n  entirely', /^something else entirely$/],
])('what the provider says comes in plain words: %#', (said, words) => {
  expect(plainReason(said)).toMatch(words)
  expect(plainReason(said)).not.toContain('\n')
})
