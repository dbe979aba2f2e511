import { Database } from '@pulumi/gcp/firestore/database.js'
import { Field } from '@pulumi/gcp/firestore/field.js'
import type { Resource } from '@pulumi/pulumi/resource.js'
import type { Site } from '../site.ts'

/** The database of locks, calls, queues and runs. It outlives the project unless that is disposable. */
export function addState({ plan, google, project, region, inputs, made }: Site): void {
  const { disposable } = plan.target
  const { database: name, collection, expires, plain } = google.state
  const properties = {
    project,
    name,
    locationId: region,
    type: 'FIRESTORE_NATIVE',
    concurrencyMode: 'OPTIMISTIC',
    appEngineIntegrationMode: 'DISABLED',
    pointInTimeRecoveryEnablement: disposable ? 'POINT_IN_TIME_RECOVERY_DISABLED' : 'POINT_IN_TIME_RECOVERY_ENABLED',
    deleteProtectionState: disposable ? 'DELETE_PROTECTION_DISABLED' : 'DELETE_PROTECTION_ENABLED',
    deletionPolicy: disposable ? 'DELETE' : 'ABANDON',
  }
  const database = new Database('state', properties, {
    retainOnDelete: !disposable,
    // What differs is changed by the next update: taking over alone refuses it.
    ...(inputs.keptDatabase && {
      import: `projects/${project}/databases/${name}`,
      ignoreChanges: Object.keys(properties),
    }),
  })
  made.set(`projects/${project}/databases/${name}`, database)
  // One after the other: Firestore takes one change of a collection group's fields at a time. They go with the database,
  // which a project that is kept does not lose.
  let previous: Resource = database
  for (const field of [...plain, expires]) {
    previous = new Field(
      `state-${field}`,
      {
        project,
        database: database.name,
        collection,
        field,
        // No indexes at all: nothing is looked for by a field, and each write would pay for them.
        indexConfig: {},
        ...(field === expires && { ttlConfig: {} }),
      },
      { dependsOn: previous, retainOnDelete: true },
    )
  }
}
