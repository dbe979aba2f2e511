import { Repository } from '@pulumi/gcp/artifactregistry/repository.js'
import { Bucket } from '@pulumi/gcp/storage/bucket.js'
import type { Site } from '../site.ts'

const day = 86_400

/** The bucket for code, and the repository for images where none is given for all of them. */
export function addStorage({ google, project, region, made }: Site): void {
  const { bucket, repository, labels } = google
  made.set(
    `projects/_/buckets/${bucket}`,
    new Bucket('code', {
      project,
      name: bucket,
      location: region,
      labels,
      uniformBucketLevelAccess: true,
      publicAccessPrevention: 'enforced',
      // Everything in it can be made again.
      forceDestroy: true,
      softDeletePolicy: { retentionDurationSeconds: 0 },
      lifecycleRules: [{ action: { type: 'Delete' }, condition: { age: 7, matchesPrefixes: [buildsPrefix] } }],
    }),
  )
  if (repository === undefined) return
  made.set(
    `projects/${project}/locations/${region}/repositories/${repository}`,
    new Repository('images', {
      project,
      location: region,
      repositoryId: repository,
      format: 'DOCKER',
      description: 'Images of agents, and of the gateway',
      labels,
      // An image has a name of its own per Dockerfile, so the newest of a name are those that jobs run.
      cleanupPolicies: [
        { id: 'keep-newest', action: 'KEEP', mostRecentVersions: { keepCount: 10 } },
        { id: 'delete-old', action: 'DELETE', condition: { tagState: 'ANY', olderThan: `${30 * day}s` } },
      ],
    }),
  )
}

/** What the names of build contexts in the bucket begin with. */
export const buildsPrefix = 'builds/'
