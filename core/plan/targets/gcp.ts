import { toCloudScheduler } from '../../cron/cloud-scheduler.ts'
import { compare } from '../../project/problem.ts'
import type { Agent, Project } from '../../project/project.ts'
import type { CloudRunCloud } from '../../project/schema/cloud.ts'
import { hyphenated, prefixOf, within } from '../names.ts'
import type { Statement } from '../schema.ts'
import type { Report, Sizing, Target } from './target.ts'
import { unusedKeys } from './unused-keys.ts'

/** The sizes of Cloud Run jobs. Source: "Memory limits" and "CPU limits" of the Cloud Run documentation, November 2026. */
const sizes = [
  { vcpus: 1, min: 512, max: 4 * 1024 },
  { vcpus: 2, min: 512, max: 8 * 1024 },
  { vcpus: 4, min: 2 * 1024, max: 16 * 1024 },
  { vcpus: 8, min: 4 * 1024, max: 32 * 1024 },
] as const
const largest = { vcpus: 8, memoryMiB: 32 * 1024, seconds: 7 * 24 * 3600 } as const

/**
 * No role of Google's has these and little else: `run.invoker` may run a job but not hand it a run id, the roles for
 * executing jobs may not list executions, and `run.developer` may change the jobs. Source: "Cloud Run IAM permissions".
 */
const jobPermissions = ['run.jobs.run', 'run.jobs.runWithOverrides', 'run.executions.list', 'run.executions.cancel']

/** One Cloud Run job per agent. What a job prints is collected by the platform, so no identity needs a right on logs. */
export function gcpTarget(project: Project, cloud: CloudRunCloud | undefined): Target {
  const prefix = hyphenated(project, undefined, 30)
  const inProject = (rest: string) => `projects/${cloud?.gcpProject ?? '${project}'}/${rest}`
  /** `roles/…` is a role of Google's; anything else are permissions, for a role of the project's own. */
  const grant = (why: string, actions: string | readonly string[], resources: readonly string[]): Statement => ({
    why,
    actions: [actions].flat(),
    resources: [...resources],
  })
  const job = (resource: string) => inProject(`locations/${cloud?.region ?? '${region}'}/jobs/${resource}`)
  const readSecrets = (secrets: readonly { readonly id: string }[]) =>
    secrets.length === 0
      ? []
      : [
          grant(
            'read its own credentials at start',
            'roles/secretmanager.secretAccessor',
            // Sorted: the order of an agent's list is no reason to deploy its grants again.
            secrets.map(({ id }) => inProject(`secrets/${id}`)).sort(compare),
          ),
        ]
  return {
    provider: 'gcp',
    account: cloud?.gcpProject,
    region: cloud?.region,
    size: (agent, report) => size(agent, project, report),
    cron: toCloudScheduler,
    resourceName: (agent) => hyphenated(project, agent, 49),
    scheduleName: (agent) => within(`${prefixOf(project)}_${agent}`, 100),
    logsName: (agent) => inProject(`logs/${hyphenated(project, agent, 49)}`),
    secretStore: 'secret-manager',
    secretId: (...parts) => [cloud?.secretPrefix ?? 'action-llama', ...parts].join('--'),
    permissions: (agent) => [
      ...readSecrets(agent.secrets),
      ...(agent.model.provider === 'vertex'
        ? [grant("call its model with the agent's own identity", 'roles/aiplatform.user', [inProject('')])]
        : []),
    ],
    finish(_, agents, secrets) {
      const jobs = agents.filter(({ compute }) => compute !== 'off').map(({ resource }) => job(resource))
      return {
        names: {
          prefix,
          stack: prefix,
          table: prefix,
          gateway: `${prefix}-gateway`,
          scheduler: `${prefix}-gateway`,
          rolePath: '',
        },
        gateway: {
          secrets: [...secrets],
          permissions: [
            ...readSecrets(secrets),
            grant('state: locks, calls, queues and runs', 'roles/datastore.user', [inProject(`databases/${prefix}`)]),
            ...(jobs.length === 0 ? [] : [grant('start, find and stop the agents', jobPermissions, jobs)]),
          ],
        },
        scheduler: { permissions: [] },
        network: { kind: 'none' },
        repository: cloud?.artifactRegistry,
        warnings: unusedKeys(cloud, unused),
      }
    },
  }
}

function size(agent: Agent, project: Project, report: Report): Sizing {
  const cpus = project.local.cpus ?? 2
  const memory = project.local.memoryMiB ?? 4096
  const found = sizes.find((one) => one.vcpus >= cpus && one.max >= memory)
  const most = `more than Cloud Run offers (${largest.vcpus} vCPU, ${largest.memoryMiB} MiB)`
  if (cpus > largest.vcpus) report(undefined, ['local', 'cpus'], `${cpus} CPUs is ${most}`)
  if (memory > largest.memoryMiB) report(undefined, ['local', 'memory'], `${memory} MiB is ${most}`)
  if (agent.timeout > largest.seconds) {
    report(
      agent,
      ['timeout'],
      `${agent.timeout} s is more than a Cloud Run job may take (${largest.seconds} s, 7 days)`,
    )
  }
  return {
    compute: 'cloud-run-job',
    why: 'every agent is a job on Cloud Run',
    vcpus: found?.vcpus ?? largest.vcpus,
    memoryMiB: found === undefined ? largest.memoryMiB : Math.max(found.min, memory),
    timeoutSeconds: agent.timeout,
    limitSeconds: agent.timeout + 60,
  }
}

const unused = {
  serviceAccount: 'each agent has a service account of its own',
  schedulerCpu: 'there is no scheduler service',
  schedulerMemory: 'there is no scheduler service',
} as const satisfies Partial<Record<keyof CloudRunCloud, string>>
