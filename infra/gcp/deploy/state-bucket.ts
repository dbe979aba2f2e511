import type { GoogleAccount } from '../account.ts'
import { answered } from '../google-api.ts'
import { GoogleFailure } from '../google-failure.ts'

const storage = 'https://storage.googleapis.com/storage/v1'

/**
 * Whether the bucket for state is there. Names of buckets are of the whole world: one of this name that belongs to another
 * project is refused, since whoever owns it would decide what the next deploy does. Throws a `GoogleFailure`.
 */
export async function hasStateBucket(bucket: string, { api, number, project }: GoogleAccount): Promise<boolean> {
  const found = await answered(api('GET', `${storage}/b/${bucket}`))
  if (found !== undefined && String(found.projectNumber) !== number) {
    throw new GoogleFailure(
      'denied',
      `the bucket ${bucket} belongs to another project than ${project}: al does not use it`,
    )
  }
  return found !== undefined
}

/** Makes the bucket for state: for nobody outside, with earlier versions of what is in it. Throws a `GoogleFailure`. */
export async function makeStateBucket(bucket: string, account: GoogleAccount): Promise<void> {
  const { api, project, region } = account
  const body = {
    name: bucket,
    location: region,
    versioning: { enabled: true },
    iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: 'enforced' },
    lifecycle: { rule: [{ action: { type: 'Delete' }, condition: { numNewerVersions: 50 } }] },
  }
  // Somebody else's deploy may have made it meanwhile; or somebody else altogether.
  const made = await answered(api('POST', `${storage}/b?project=${project}`, { body, repeatable: true }), [409])
  if (made === undefined) await hasStateBucket(bucket, account)
}
