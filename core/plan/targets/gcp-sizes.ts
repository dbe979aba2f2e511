import type { Agent, Project } from '../../project/project.ts'
import type { Report, Sizing } from './target.ts'

/** The sizes of Cloud Run jobs. Source: "Memory limits" and "CPU limits" of the Cloud Run documentation, November 2026. */
const sizes = [
  { vcpus: 1, min: 512, max: 4 * 1024 },
  { vcpus: 2, min: 512, max: 8 * 1024 },
  { vcpus: 4, min: 2 * 1024, max: 16 * 1024 },
  { vcpus: 8, min: 4 * 1024, max: 32 * 1024 },
] as const
const largest = { vcpus: 8, memoryMiB: 32 * 1024, seconds: 7 * 24 * 3600 } as const

/** The nearest size that Cloud Run offers; 2 vCPU and 4 GiB where the project says nothing. Too much of something is a problem. */
export function jobSize(agent: Agent, project: Project, report: Report): Sizing {
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
  const limit = Math.min(largest.seconds, agent.timeout + 60)
  return {
    compute: 'cloud-run-job',
    why: 'every agent is a job on Cloud Run',
    vcpus: found?.vcpus ?? largest.vcpus,
    memoryMiB: found === undefined ? largest.memoryMiB : Math.max(found.min, memory),
    // The last 30 s are for telling the outcome.
    timeoutSeconds: Math.min(agent.timeout, limit - 30),
    limitSeconds: limit,
  }
}
