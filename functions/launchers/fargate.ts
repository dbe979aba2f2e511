import {
  DescribeTasksCommand,
  type ECSClient,
  type Failure,
  ListTasksCommand,
  type ListTasksCommandInput,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs'
import type { LaunchAnswer, Launcher, LaunchOrder, RunningContainer } from '../../core/scheduler/launcher.ts'
import { agentContainer, asEnvironment } from '../../core/scheduler/start-message.ts'
import { refusalOf } from './aws-refusal.ts'
import { asAnswer, sendPatiently } from './aws-requests.ts'
import { parseStartedBy, startedBy } from './started-by.ts'

export interface FargateLauncherOptions {
  readonly client: ECSClient
  readonly gatewayUrl: string
  /** Name of the cluster. */
  readonly cluster: string
  readonly subnets: readonly string[]
  /** Empty: the default group of the network. */
  readonly securityGroups: readonly string[]
  /** Value of the tag `al:stack`, which tells this project's tasks from others in the cluster. */
  readonly stack: string
  /** Families to look for when tasks are listed. Absent: the cluster has no other tasks than this project's. */
  readonly families?: readonly string[]
}

/** Agents that are Fargate tasks. */
export function fargateLauncher(options: FargateLauncherOptions): Launcher {
  const { client, cluster, stack, families = [undefined] } = options
  // The cluster is in the names of its tasks, whatever the partition, region and account.
  const isHere = (container: string) => container.includes(`:task/${cluster}/`)

  return {
    async launch(order) {
      try {
        const command = runTask(options, order)
        const { tasks = [], failures = [] } = await sendPatiently((abortSignal) =>
          client.send(command, { abortSignal }),
        )
        return tasks.length > 0 ? { kind: 'started' } : turnedAway(order, failures)
      } catch (error) {
        return refusalOf(error, `task ${order.agent.resource}`, order)
      }
    },

    async stop({ container, suffix, attempt, reason }) {
      if (container !== undefined && isHere(container)) return await stopTask(client, cluster, container, reason)
      // Nobody has claimed yet, and an earlier attempt may still be starting. ECS takes no other filter beside this one.
      const attempts = Array.from({ length: attempt }, (_, i) => startedBy({ suffix, attempt: i + 1 }))
      const stopping = attempts.map(async (startedBy) => {
        for await (const arns of listTasks(client, { cluster, startedBy })) {
          await Promise.all(arns.map((arn) => stopTask(client, cluster, arn, reason)))
        }
      })
      await Promise.all(stopping)
    },

    async *running() {
      for (const family of families) {
        for await (const tasks of listTasks(client, { cluster, family })) {
          const command = new DescribeTasksCommand({ cluster, tasks, include: ['TAGS'] })
          const described = await sendPatiently((abortSignal) => client.send(command, { abortSignal }))
          yield* (described.tasks ?? []).flatMap((task) => containerOf(task, stack) ?? [])
        }
      }
    },
  }
}

/**
 * One task of the family's latest revision. Under the same token ECS starts one task, however often the request is sent
 * (RunTask, `clientToken`).
 *
 * The task always asks for a public address. The subnets we make have no other way out; in given ones with a NAT gateway
 * it is not used, and in given public ones without it nothing would start. What comes in is up to the security groups.
 */
function runTask(
  options: FargateLauncherOptions,
  { agent, run, suffix, attempt, ticket }: LaunchOrder,
): RunTaskCommand {
  const { cluster, subnets, securityGroups, gatewayUrl } = options
  const environment = Object.entries(asEnvironment({ run, ticket, gateway: gatewayUrl, attempt }))
  return new RunTaskCommand({
    cluster,
    taskDefinition: agent.resource,
    launchType: 'FARGATE',
    count: 1,
    clientToken: startedBy({ suffix, attempt }),
    startedBy: startedBy({ suffix, attempt }),
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...subnets],
        ...(securityGroups.length > 0 && { securityGroups: [...securityGroups] }),
        assignPublicIp: 'ENABLED',
      },
    },
    overrides: {
      containerOverrides: [
        { name: agentContainer, environment: environment.map(([name, value]) => ({ name, value })) },
      ],
    },
    // A task may be stopped only if it carries the project's tag.
    propagateTags: 'TASK_DEFINITION',
  })
}

/** ECS answers 200 when it could not place a task, and says why. */
const mayPlaceLater = /^(?:RESOURCE|AGENT)|capacity|reached the limit|limit exceeded/i

function turnedAway({ agent }: LaunchOrder, failures: readonly Failure[]): LaunchAnswer {
  const [failure] = failures
  if (failure === undefined) throw new Error(`ECS named neither a task nor a failure for ${agent.resource}`)
  const { reason = 'no reason given', detail } = failure
  const why = `task ${agent.resource}: ${reason}${detail === undefined ? '' : `: ${detail}`}`
  return mayPlaceLater.test(`${reason} ${detail}`) ? { kind: 'refused', why } : { kind: 'failed', why }
}

async function* listTasks(client: ECSClient, filter: ListTasksCommandInput): AsyncIterable<string[]> {
  let nextToken: string | undefined
  do {
    const command: ListTasksCommand = new ListTasksCommand({ ...filter, nextToken })
    const page = await sendPatiently((abortSignal) => client.send(command, { abortSignal }))
    const { taskArns = [] } = page
    if (taskArns.length > 0) yield taskArns
    nextToken = page.nextToken
  } while (nextToken !== undefined)
}

const longestReason = 255

/** A task that is gone has stopped. */
async function stopTask(client: ECSClient, cluster: string, task: string, reason: string): Promise<void> {
  const command = new StopTaskCommand({ cluster, task, reason: reason.slice(0, longestReason) })
  try {
    await sendPatiently((abortSignal) => client.send(command, { abortSignal }))
  } catch (error) {
    const { name, message } = asAnswer(error)
    if (name !== 'InvalidParameterException' || !/not found/i.test(message)) throw error
  }
}

/** A task of ours as the control plane knows it; nothing for one that has stopped, or that somebody started by hand. */
function containerOf({ taskArn, startedBy, lastStatus, tags = [] }: Task, stack: string): RunningContainer | undefined {
  const tag = (key: string) => tags.find((one) => one.key === key)?.value
  const agent = tag('al:agent')
  const start = parseStartedBy(startedBy)
  if (lastStatus === 'STOPPED' || tag('al:stack') !== stack) return undefined
  if (taskArn === undefined || agent === undefined || start === undefined) return undefined
  return { agent, ...start, compute: 'fargate', container: taskArn }
}
