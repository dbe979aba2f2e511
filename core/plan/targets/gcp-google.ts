import type { Project } from '../../project/project.ts'
import { accountId, hyphenatedStart } from '../names.ts'
import type { Plan, PlannedAgent } from '../schema.ts'
import { clockOf } from './gcp-clock.ts'
import { type GcpPlace, jobPermissions, modelPermissions } from './gcp-permissions.ts'
import type { Registry } from './gcp-registry.ts'

type Google = NonNullable<Plan['google']>

/** A name of a job leaves room for what Cloud Run adds for an execution. */
export const longestJob = 49

/** What there is on Google Cloud only. `prefix` is that of the project's names. */
export function googleOf(
  project: Project,
  prefix: string,
  agents: readonly PlannedAgent[],
  registry: Registry,
  place: GcpPlace,
): Google {
  const active = agents.filter(({ compute }) => compute !== 'off')
  const onVertex = active.some(({ model }) => model.provider === 'vertex')
  return {
    apis: apisOf(onVertex),
    labels: { 'al-project': project.name, 'al-environment': project.environment },
    accounts: accountsOf(project),
    roles: rolesOf(prefix, active.length > 0, onVertex),
    clock: clockOf(prefix, active),
    // As functions/stores/firestore.ts writes items.
    state: { database: prefix, collection: 'i', expires: 'expiresAt', plain: ['data', 'version'] },
    bucket: bucketName(prefix, place),
    ...(registry.made !== undefined && { repository: registry.made }),
    functionRepository: registry.ofFunction,
    stopped: { name: `${prefix}-stopped`, filter: stoppedFilter(project, place), path: '/internal/stopped' },
  }
}

/**
 * Bucket names are unique in the whole world: prefixes of projects differ by their hash, and nobody else has this project
 * id.
 */
export const bucketName = (prefix: string, { project }: GcpPlace): string => `${prefix}-${project}`

const accountsOf = (project: Project): Google['accounts'] => ({
  gateway: accountId(project, '_gateway'),
  caller: accountId(project, '_caller'),
  builder: accountId(project, '_builder'),
})

function apisOf(onVertex: boolean): string[] {
  const services = [
    ...['artifactregistry', 'cloudbuild', 'cloudfunctions', 'cloudresourcemanager', 'cloudscheduler', 'firestore'],
    ...['iam', 'logging', 'pubsub', 'run', 'secretmanager', 'storage'],
    ...(onVertex ? ['aiplatform'] : []),
  ]
  return services.map((name) => `${name}.googleapis.com`).sort()
}

/** A role's id has `_` for what names have `-`. */
function rolesOf(prefix: string, hasJobs: boolean, onVertex: boolean): Google['roles'] {
  const id = (what: string) => `${prefix.replaceAll('-', '_')}_${what}`
  return [
    ...(hasJobs ? [{ name: id('jobs'), title: 'Start, find and stop agents', permissions: jobPermissions }] : []),
    ...(onVertex ? [{ name: id('models'), title: 'Call models', permissions: modelPermissions }] : []),
  ]
}

/**
 * Cloud Run writes an entry of the system event audit log when an execution has ended. The filter goes by what names of
 * this project's jobs begin with; an entry of a neighbour that begins so, too, is of no run that the gateway knows.
 */
function stoppedFilter(project: Project, { region }: GcpPlace): string {
  return [
    'log_id("cloudaudit.googleapis.com/system_event")',
    'resource.type="cloud_run_job"',
    `resource.labels.location="${region}"`,
    `resource.labels.job_name=~"^${hyphenatedStart(project, longestJob)}"`,
    'protoPayload.methodName="/Jobs.RunJob"',
  ].join(' AND ')
}
