import { toEventBridge } from '../../cron/eventbridge.ts'
import type { Agent, Project } from '../../project/project.ts'
import { quote } from '../../project/quote.ts'
import type { EcsCloud } from '../../project/schema/cloud.ts'
import { agentResource, hyphenated, prefixOf, within } from '../names.ts'
import type { Plan, PlannedAgent, Statement } from '../schema.ts'
import { awsBuilder } from './aws-builder.ts'
import {
  type AwsContext,
  agentPermissions,
  bedrockModel,
  gatewayPermissions,
  longestPolicy,
  policyLength,
  schedulerPermissions,
} from './aws-permissions.ts'
import { fargateSize, fullestShard, lambdaLimits, largestFargate, resourcesOf, resourcesPerStack } from './aws-sizes.ts'
import { shardOf } from './shards.ts'
import type { Report, Sizing, Target } from './target.ts'
import { unusedKeys } from './unused-keys.ts'

/** Lambda functions for agents of up to 15 minutes, Fargate tasks for the others. */
export function awsTarget(project: Project, cloud: EcsCloud | undefined): Target {
  const prefix = prefixOf(project)
  const names: Plan['names'] = {
    prefix,
    stack: hyphenated(project, undefined, 100),
    table: prefix,
    gateway: `${prefix}-gateway`,
    scheduler: `${prefix}-scheduler`,
    rolePath: `/al/${project.name}/${project.environment}/`,
  }
  const lambdaNetwork = networkOfFunctions(cloud)
  const secretStore = cloud?.secretStore ?? 'secrets-manager'
  const context = (hasTasks: boolean): AwsContext => ({
    names,
    ...(hasTasks ? { cluster: clusterOf(names, cloud) } : {}),
    repository: cloud?.ecrRepository,
    secretStore,
    lambdaNetwork: lambdaNetwork !== undefined,
  })
  const given = cloud?.awsSecretPrefix ?? 'action-llama'
  // In Parameter Store a name with slashes has to begin with one.
  const secretPrefix = secretStore === 'parameter-store' && !given.startsWith('/') ? `/${given}/` : `${given}/`
  const account = cloud?.ecrRepository?.slice(0, 12)

  return {
    provider: 'aws',
    account,
    region: cloud?.awsRegion,
    size: (agent, report) => size(agent, project, report),
    cron: toEventBridge,
    resourceName: (agent) => agentResource(project, agent),
    scheduleName: (agent, number, count) => within(count === 1 ? agent : `${agent}.${number}`, 64),
    logsName: (agent) => `/al/${project.name}/${project.environment}/agent/${agent}`,
    secretStore,
    secretId: (...parts) => secretPrefix + parts.join('/'),
    permissions(planned, agent, report) {
      if (agent.model.provider === 'bedrock' && !bedrockModel.test(agent.model.model)) {
        report(
          agent,
          ['model', 'model'],
          `${quote(agent.model.model)} is no id of a Bedrock model or inference profile`,
        )
        return []
      }
      const permissions = agentPermissions(planned, context(false))
      checkPolicy(permissions, (message) => report(agent, ['credentials'], message))
      return permissions
    },
    finish(_, agents, secrets, report) {
      const hasTasks = agents.some(({ compute }) => compute === 'fargate')
      const own = context(hasTasks)
      checkShards(cloud?.shards ?? 1, agents, report)
      const gateway = gatewayPermissions(own, secrets, agents)
      checkPolicy(gateway, (message) => report(undefined, ['webhooks'], message))
      const home = cloud?.ecrRepository?.split('.')[3]
      if (cloud !== undefined && home !== undefined && home !== cloud.awsRegion) {
        const message = `is in ${home}, but agents run in ${cloud.awsRegion} (awsRegion), and Lambda takes images from its own region only`
        report(undefined, ['cloud', 'ecrRepository'], message)
      }
      if (lambdaNetwork?.securityGroups.length === 0) {
        report(undefined, ['cloud', 'lambdaSecurityGroups'], 'missing: functions in `lambdaSubnets` need at least one')
      }
      return {
        names,
        gateway: { secrets: [...secrets], permissions: gateway },
        scheduler: { permissions: schedulerPermissions(own, secrets, agents) },
        ...(cloud?.build !== 'docker' &&
          agents.some(({ compute }) => compute !== 'off') && { builder: awsBuilder(own) }),
        network: hasTasks ? networkOfTasks(cloud) : { kind: 'none' },
        lambdaNetwork,
        cluster: own.cluster,
        repository: own.repository,
        warnings: [...unusedKeys(cloud, unused), ...idleGroups(cloud)],
      }
    },
  }
}

function size(agent: Agent, project: Project, report: Report): Sizing {
  const { cpus, memoryMiB } = project.local
  if (agent.timeout <= lambdaLimits.seconds) {
    // Lambda gives CPU by memory.
    const wanted = Math.max(memoryMiB ?? 2048, Math.ceil((cpus ?? 0) * lambdaLimits.mibPerVcpu))
    const { min, max } = lambdaLimits.memoryMiB
    const tooMuch = (key: string, got: string, most: string) => {
      const message = `${got} is more than Lambda offers (${most}), where agents with a timeout of up to ${lambdaLimits.seconds} s run; lower it, or raise their timeout to run them on Fargate`
      report(undefined, ['local', key], message)
    }
    const mostCpus = Math.floor((max / lambdaLimits.mibPerVcpu) * 10) / 10
    if (memoryMiB !== undefined && memoryMiB > max) tooMuch('memory', `${memoryMiB} MiB`, `${max} MiB`)
    if (cpus !== undefined && cpus * lambdaLimits.mibPerVcpu > max) tooMuch('cpus', `${cpus} CPUs`, `${mostCpus} CPUs`)
    const memory = Math.min(max, Math.max(min, wanted))
    const limit = Math.min(lambdaLimits.seconds, agent.timeout + 60)
    // The last 30 s are for telling the outcome.
    const work = Math.min(agent.timeout, limit - 30)
    return {
      compute: 'lambda',
      memoryMiB: memory,
      vcpus: Math.round((memory / lambdaLimits.mibPerVcpu) * 100) / 100,
      why: `timeout ${agent.timeout} s ≤ ${lambdaLimits.seconds} s${work < agent.timeout ? `, ${work} s of it for work` : ''}`,
      timeoutSeconds: work,
      limitSeconds: limit,
    }
  }
  const found = fargateSize(cpus ?? 2, memoryMiB ?? 4096)
  const most = `more than Fargate offers (${largestFargate.vcpus} vCPU, ${largestFargate.memoryMiB} MiB)`
  if (cpus !== undefined && cpus > largestFargate.vcpus) report(undefined, ['local', 'cpus'], `${cpus} CPUs is ${most}`)
  if (memoryMiB !== undefined && memoryMiB > largestFargate.memoryMiB) {
    report(undefined, ['local', 'memory'], `${memoryMiB} MiB is ${most}`)
  }
  return {
    compute: 'fargate',
    why: `timeout ${agent.timeout} s > ${lambdaLimits.seconds} s`,
    ...(found ?? largestFargate),
    timeoutSeconds: agent.timeout,
    limitSeconds: agent.timeout + 60,
  }
}

const clusterOf = ({ prefix }: Plan['names'], cloud: EcsCloud | undefined): NonNullable<Plan['cluster']> => ({
  name: cloud?.ecsCluster ?? prefix,
  given: cloud?.ecsCluster !== undefined,
})

const networkOfTasks = (cloud: EcsCloud | undefined): Plan['network'] =>
  cloud?.subnets === undefined
    ? { kind: 'created' }
    : { kind: 'given', subnets: cloud.subnets, securityGroups: cloud.securityGroups ?? [] }

function networkOfFunctions(cloud: EcsCloud | undefined): Plan['lambdaNetwork'] {
  if (cloud?.lambdaSubnets === undefined) return undefined
  return { subnets: cloud.lambdaSubnets, securityGroups: cloud.lambdaSecurityGroups ?? cloud.securityGroups ?? [] }
}

/** A stack can hold a limited number of resources, and which stack an agent is in must not depend on the other agents. */
function checkShards(shards: number, agents: readonly PlannedAgent[], report: Report): void {
  const fullest = (count: number) =>
    fullestShard(agents.map((agent) => ({ shard: shardOf(agent.name, count), resources: resourcesOf(agent) })))
  if (fullest(shards) <= resourcesPerStack) return
  let needed = shards
  while (fullest(needed) > resourcesPerStack) needed *= 2
  const message = `${agents.length} agents need ${fullest(shards)} resources in ${shards === 1 ? 'one stack' : 'the fullest of their stacks'}, and CloudFormation allows ${resourcesPerStack}; set shards = ${needed}`
  report(undefined, ['cloud', 'shards'], message)
}

function checkPolicy(permissions: readonly Statement[], report: (message: string) => void): void {
  const length = policyLength(permissions)
  if (length <= longestPolicy) return
  report(
    `name so many secrets that a policy for them takes ${length} characters, and IAM allows ${longestPolicy}; use fewer instances, or a shorter awsSecretPrefix`,
  )
}

/** Security groups belong to the network of the subnets: if no subnets are given, agents run in another network. */
function idleGroups(cloud: EcsCloud | undefined): string[] {
  const pairs = [
    ['securityGroups', 'subnets'],
    ['lambdaSecurityGroups', 'lambdaSubnets'],
  ] as const
  const idle = pairs.filter(([groups, subnets]) => cloud?.[groups] !== undefined && cloud[subnets] === undefined)
  return idle.map(([groups, subnets]) => `cloud.${groups} is not used without ${subnets}`)
}

const unused = {
  executionRoleArn: 'each agent has a role of its own',
  taskRoleArn: 'each agent has a role of its own',
  lambdaRoleArn: 'each agent has a role of its own',
  appRunnerInstanceRoleArn: 'there is no scheduler service',
  appRunnerAccessRoleArn: 'there is no scheduler service',
  schedulerCpu: 'there is no scheduler service',
  schedulerMemory: 'there is no scheduler service',
  buildBucket: 'images go through the CDK bootstrap stack',
} as const satisfies Partial<Record<keyof EcsCloud, string>>
