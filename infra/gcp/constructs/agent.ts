import { Job } from '@pulumi/gcp/cloudrunv2/job.js'
import type { PlannedAgent } from '../../../core/plan/schema.ts'
import { agentContainer } from '../../../core/scheduler/start-message.ts'
import type { Site } from '../site.ts'
import { addIdentity } from './identity.ts'

/**
 * One agent: its service account with what it may read, and its job. Nothing in here depends on another agent, and nothing
 * in here is told to the container but where it is: what to run comes with each execution, the rest with the claim.
 */
export function addAgent(site: Site, agent: PlannedAgent): void {
  const { plan, google, project, region, inputs } = site
  const id = `agent-${agent.name}`
  const image = inputs.images.get(agent.image)
  if (image === undefined || agent.account === undefined)
    throw new Error(`agent ${agent.name} has no image or no account`)
  const { account } = addIdentity(site, id, {
    account: agent.account,
    description: `Agent ${agent.name} of ${plan.project} (${plan.environment})`.slice(0, 100),
    permissions: agent.permissions,
  })
  const labels = { ...google.labels, 'al-agent': agent.name }
  const job = new Job(id, {
    project,
    location: region,
    name: agent.resource,
    labels,
    deletionProtection: false,
    template: {
      labels,
      taskCount: 1,
      parallelism: 1,
      template: {
        serviceAccount: account.email,
        // Starting again is decided by the control plane, which notices a run that never claimed.
        maxRetries: 0,
        timeout: `${agent.limitSeconds}s`,
        executionEnvironment: 'EXECUTION_ENVIRONMENT_GEN2',
        containers: [
          {
            name: agentContainer,
            image,
            resources: { limits: { cpu: String(agent.vcpus), memory: `${agent.memoryMiB}Mi` } },
            envs: [
              { name: 'GOOGLE_CLOUD_PROJECT', value: project },
              { name: 'GOOGLE_CLOUD_LOCATION', value: region },
            ],
          },
        ],
      },
    },
  })
  site.made.set(`projects/${project}/locations/${region}/jobs/${agent.resource}`, job)
}
