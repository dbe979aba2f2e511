import type { Agent, Project } from '../../project/project.ts'
import { hyphenated, prefixOf } from '../names.ts'
import type { PlannedAgent } from '../schema.ts'
import type { Sizing, Target } from './target.ts'

/** How agents run on a machine: each in a container, or as a process of whoever started the host. */
export type Runtime = 'docker' | 'process'

/**
 * This machine: one process for the control plane, a container or a process per run. It fires any cron line as it is
 * written, and its secret store is the user's own directory of credentials.
 */
export function localTarget(project: Project, runtime: Runtime): Target {
  const prefix = prefixOf(project)
  return {
    provider: 'local',
    size: (agent) => size(agent, project, runtime),
    cron: ({ line }) => ({ ok: true, expressions: [line] }),
    resourceName: (agent) => hyphenated(project, agent, 63),
    scheduleName: (agent) => agent,
    logsName: (agent) => agent,
    secretStore: 'files',
    secretId: (...parts) => parts.join('/'),
    permissions: () => [],
    finish: (_, agents, secrets) => ({
      names: { prefix, stack: prefix, table: prefix, gateway: prefix, scheduler: prefix, rolePath: '' },
      gateway: { secrets: [...secrets], permissions: [] },
      scheduler: { permissions: [] },
      network: { kind: 'none' },
      warnings: agents.flatMap(withoutIdentity),
    }),
  }
}

/** The sizes are what a container may use at most; the launcher lowers them to what the machine has. */
function size(agent: Agent, { local }: Project, runtime: Runtime): Sizing {
  return {
    compute: runtime,
    why: runtime === 'docker' ? 'a container on this machine' : 'a process on this machine, without isolation',
    memoryMiB: local.memoryMiB ?? 4096,
    vcpus: local.cpus ?? 2,
    timeoutSeconds: agent.timeout,
    limitSeconds: agent.timeout + 60,
  }
}

/** Bedrock and Vertex take the identity that an agent has in its cloud, and here it has none. */
function withoutIdentity({ name, model, compute }: PlannedAgent): string[] {
  if (compute === 'off' || (model.provider !== 'bedrock' && model.provider !== 'vertex')) return []
  return [`agent "${name}" uses ${model.provider}, which knows agents by their identity in a cloud: it cannot run here`]
}
