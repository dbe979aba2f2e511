import { toCloudScheduler } from '../../cron/cloud-scheduler.ts'
import type { Project } from '../../project/project.ts'
import type { CloudRunCloud } from '../../project/schema/cloud.ts'
import { accountId, hyphenated, prefixOf, within } from '../names.ts'
import type { PlannedAgent } from '../schema.ts'
import { bucketName, googleOf, longestJob } from './gcp-google.ts'
import {
  agentPermissions,
  builderPermissions,
  type GcpPlace,
  gatewayPermissions,
  inProject,
} from './gcp-permissions.ts'
import { registryOf } from './gcp-registry.ts'
import { jobSize } from './gcp-sizes.ts'
import type { Target } from './target.ts'
import { unusedKeys } from './unused-keys.ts'

/** One Cloud Run job per agent, each with a service account of its own. */
export function gcpTarget(project: Project, cloud: CloudRunCloud | undefined): Target {
  const prefix = hyphenated(project, undefined, 30)
  const place: GcpPlace = { project: cloud?.gcpProject ?? '${project}', region: cloud?.region ?? '${region}' }
  const registry = registryOf(prefix, cloud, place)
  const jobName = (agent: string) => hyphenated(project, agent, longestJob)
  return {
    provider: 'gcp',
    account: cloud?.gcpProject,
    region: cloud?.region,
    size: (agent, report) => jobSize(agent, project, report),
    cron: toCloudScheduler,
    resourceName: jobName,
    accountName: (agent) => accountId(project, agent),
    scheduleName: (agent) => within(`${prefixOf(project)}_${agent}`, 100),
    logsName: (agent) => inProject(place, `logs/${jobName(agent)}`),
    secretStore: 'secret-manager',
    secretId: (...parts) => [cloud?.secretPrefix ?? 'action-llama', ...parts].join('--'),
    permissions: ({ secrets, model }) => agentPermissions(secrets, model, place),
    finish(_, agents, secrets, report) {
      if (cloud?.architecture === 'arm64') {
        report(undefined, ['cloud', 'architecture'], '"arm64" is not offered by Cloud Run, which runs x86_64 only')
      }
      const jobs = agents.filter(({ compute }) => compute !== 'off').map(({ resource }) => resource)
      const google = googleOf(project, prefix, agents, registry, place)
      const bucket = bucketName(prefix, place)
      return {
        names: {
          prefix,
          stack: prefix,
          table: google.state.database,
          gateway: `${prefix}-gateway`,
          scheduler: `${prefix}-gateway`,
          rolePath: '',
        },
        gateway: {
          secrets: [...secrets],
          permissions: gatewayPermissions(secrets, google.state.database, jobs, place),
        },
        scheduler: { permissions: [] },
        builder: {
          name: google.accounts.builder,
          logs: inProject(place, 'logs/cloudbuild'),
          permissions: builderPermissions(bucket, registry.all, place),
        },
        network: { kind: 'none' },
        repository: registry.uri,
        google,
        warnings: [...unusedKeys(cloud, unused), ...shardWarning(cloud), ...registry.warnings, ...quotaWarning(agents)],
      }
    },
  }
}

/**
 * The quota of service accounts in a project, until somebody asks for more. Source: "IAM quotas and limits", November
 * 2026.
 */
const accountsOfProject = 100

/** Service accounts beside those of agents: three of the control plane, and one that Google makes in most projects. */
const otherAccounts = 4

function quotaWarning(agents: readonly PlannedAgent[]): string[] {
  const needed = agents.filter(({ compute }) => compute !== 'off').length + otherAccounts
  return needed <= accountsOfProject
    ? []
    : [
        `${needed} service accounts are needed, and a Google Cloud project has ${accountsOfProject} unless its quota is raised (IAM, "Service Account Count")`,
      ]
}

/** One is what everybody has. */
const shardWarning = (cloud: CloudRunCloud | undefined): string[] =>
  (cloud?.shards ?? 1) === 1 ? [] : ['cloud.shards is not used: nothing limits how many resources a deploy has']

const unused = {
  serviceAccount: 'each agent has a service account of its own',
  schedulerCpu: 'there is no scheduler service',
  schedulerMemory: 'there is no scheduler service',
} as const satisfies Partial<Record<keyof CloudRunCloud, string>>
