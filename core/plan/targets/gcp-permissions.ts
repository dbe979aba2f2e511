import { compare } from '../../project/problem.ts'
import type { Model } from '../../project/schema/model.ts'
import type { PlannedSecret, Statement } from '../schema.ts'

/**
 * What each identity on Google Cloud may do. An action `roles/…` is a role of Google's; anything else are permissions, for a
 * role of the project's own. A resource is named as its API names it. What a container prints is collected by the platform,
 * so nobody needs a right on logs to write one.
 */
export interface GcpPlace {
  /** The id of the project, or a placeholder. */
  readonly project: string
  readonly region: string
}

export const inProject = ({ project }: Pick<GcpPlace, 'project'>, rest: string): string => `projects/${project}/${rest}`

const inRegion = (place: GcpPlace, rest: string): string => inProject(place, `locations/${place.region}/${rest}`)

const grant = (why: string, actions: string | readonly string[], resources: readonly string[]): Statement => ({
  why,
  actions: [actions].flat(),
  resources: [...resources],
})

/**
 * No role of Google's has these and little else: `run.invoker` may run a job but not hand it a run id, the roles for
 * executing jobs may not list executions, and `run.developer` may change the jobs. Source: "Cloud Run IAM permissions".
 */
export const jobPermissions = [
  'run.jobs.run',
  'run.jobs.runWithOverrides',
  'run.executions.get',
  'run.executions.list',
  'run.executions.cancel',
]

/** All that calling a model takes; Google's role for it may train, deploy and delete models. Source: "Vertex AI IAM permissions". */
export const modelPermissions = ['aiplatform.endpoints.predict']

/** An agent reads its own secrets, and calls its model where that goes by identity: Vertex AI has no policy per model. */
export function agentPermissions(secrets: readonly PlannedSecret[], model: Model, place: GcpPlace): Statement[] {
  return [
    ...readSecrets(secrets, place),
    ...(model.provider === 'vertex'
      ? [grant("call its model with the agent's own identity", modelPermissions, [`projects/${place.project}`])]
      : []),
  ]
}

/** The gateway checks signatures, keeps state, and starts, finds and stops this project's jobs. */
export function gatewayPermissions(
  secrets: readonly PlannedSecret[],
  database: string,
  jobs: readonly string[],
  place: GcpPlace,
): Statement[] {
  return [
    ...readSecrets(secrets, place),
    grant('state: locks, calls, queues and runs', 'roles/datastore.user', [inProject(place, `databases/${database}`)]),
    ...(jobs.length === 0
      ? []
      : [
          grant(
            'start, find and stop the agents',
            jobPermissions,
            jobs.map((job) => inRegion(place, `jobs/${job}`)),
          ),
        ]),
  ]
}

/**
 * Cloud Build makes the image of the gateway's function, and those of agents where there is no Docker. Source: "Custom
 * service account for Cloud Build" in the documentation of Cloud Run functions.
 */
export function builderPermissions(bucket: string, repositories: readonly string[], place: GcpPlace): Statement[] {
  return [
    grant('write the logs of builds', 'roles/logging.logWriter', [`projects/${place.project}`]),
    grant('read what is to be built', 'roles/storage.objectViewer', [
      `projects/_/buckets/${bucket}`,
      // Cloud Run functions builds from a copy of its own.
      `projects/_/buckets/gcf-v2-sources-\${number}-${place.region}`,
    ]),
    grant('push the images it built', 'roles/artifactregistry.writer', repositories),
  ]
}

function readSecrets(secrets: readonly PlannedSecret[], place: GcpPlace): Statement[] {
  if (secrets.length === 0) return []
  // Sorted: the order of an agent's list is no reason to deploy its grants again.
  const ids = [...new Set(secrets.map(({ id }) => id))].sort(compare)
  return [
    grant(
      'read its own credentials at start',
      'roles/secretmanager.secretAccessor',
      ids.map((id) => inProject(place, `secrets/${id}`)),
    ),
  ]
}
