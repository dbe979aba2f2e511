import { randomUUID } from 'node:crypto'
import type { Plan } from '../../core/plan/schema.ts'
import { arnOf, type Right, type Served, serviceError } from './fake-aws.ts'
import { account } from './iam.ts'

export interface FakeTask {
  readonly taskArn: string
  readonly clusterArn: string
  readonly family: string
  readonly startedBy?: string
  readonly tags: readonly { readonly key: string; readonly value: string }[]
  lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED'
  stoppedReason?: string
}

type Ask = (action: string, resource: string, context?: Right['context']) => void

interface RunTaskInput {
  readonly cluster: string
  readonly taskDefinition: string
  readonly clientToken?: string
  readonly startedBy?: string
  readonly propagateTags?: string
  readonly overrides: { containerOverrides: { name: string; environment: { name: string; value: string }[] }[] }
}

/** A page of a listing: small, so that whoever lists has to turn it. */
const pageSize = 2

/** The tasks of one cluster, as far as a launcher sees them. */
export function fakeEcs(
  plan: Plan,
  ask: Ask,
  launched: (family: string, environment: Record<string, string>) => void,
): { readonly tasks: Map<string, FakeTask>; serve(operation: string, input: Record<string, unknown>): Served } {
  const tasks = new Map<string, FakeTask>()
  const started = new Map<string, FakeTask>()
  const definitions = new Map(plan.agents.filter((one) => one.compute === 'fargate').map((one) => [one.resource, one]))
  const clusterArn = arnOf('ecs', `cluster/${plan.cluster?.name}`)
  const tagOf = ({ tags }: FakeTask) => tags.find(({ key }) => key === 'al:stack')?.value ?? ''

  const operations: Record<string, (input: Record<string, unknown>) => Served> = {
    RunTask(input) {
      const { taskDefinition, clientToken = '', startedBy, propagateTags, overrides } = input as unknown as RunTaskInput
      const definition = definitions.get(taskDefinition)
      ask('ecs:RunTask', arnOf('ecs', `task-definition/${taskDefinition}:7`), { 'ecs:cluster': clusterArn })
      if (definition === undefined) return serviceError('ClientException', 'TaskDefinition not found.')
      const role = `arn:aws:iam::${account}:role${plan.names.rolePath}agent/${taskDefinition}`
      ask('iam:PassRole', role, { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' })
      const again = started.get(clientToken)
      if (again !== undefined) return { answer: { tasks: [again], failures: [] } }
      const taskArn = arnOf('ecs', `task/${plan.cluster?.name}/${randomUUID().replaceAll('-', '')}`)
      const tagged = propagateTags === 'TASK_DEFINITION'
      if (tagged) ask('ecs:TagResource', taskArn, { 'ecs:CreateAction': 'RunTask' })
      const all = [
        { key: 'al:stack', value: plan.names.prefix },
        { key: 'al:agent', value: definition.name },
      ]
      const tags = tagged ? all : []
      const task: FakeTask = { taskArn, clusterArn, family: taskDefinition, startedBy, tags, lastStatus: 'PENDING' }
      tasks.set(taskArn, task)
      if (clientToken !== '') started.set(clientToken, task)
      const environment = overrides.containerOverrides.find(({ name }) => name === 'agent')?.environment ?? []
      launched(taskDefinition, Object.fromEntries(environment.map(({ name, value }) => [name, value])))
      return { answer: { tasks: [task], failures: [] } }
    },
    StopTask({ task: arn, reason }) {
      const task = tasks.get(String(arn))
      ask('ecs:StopTask', String(arn), { 'aws:ResourceTag/al:stack': task === undefined ? '' : tagOf(task) })
      if (task === undefined) return serviceError('InvalidParameterException', 'The referenced task was not found.')
      task.lastStatus = 'STOPPED'
      task.stoppedReason = String(reason)
      return { answer: { task } }
    },
    ListTasks({ family, startedBy, nextToken }) {
      if (family !== undefined && startedBy !== undefined) {
        return serviceError('InvalidParameterException', 'startedBy must be the only filter.')
      }
      ask('ecs:ListTasks', '*', { 'ecs:cluster': clusterArn })
      const found = [...tasks.values()].filter(
        (task) =>
          task.lastStatus !== 'STOPPED' &&
          (family === undefined || task.family === family) &&
          (startedBy === undefined || task.startedBy === startedBy),
      )
      const first = Number(nextToken ?? 0)
      const taskArns = found.slice(first, first + pageSize).map(({ taskArn }) => taskArn)
      const more = first + pageSize < found.length
      return { answer: { taskArns, ...(more && { nextToken: String(first + pageSize) }) } }
    },
    DescribeTasks({ tasks: arns, include }) {
      const described = (arns as string[]).flatMap((arn) => {
        const task = tasks.get(arn)
        ask('ecs:DescribeTasks', arn, { 'aws:ResourceTag/al:stack': task === undefined ? '' : tagOf(task) })
        if (task === undefined) return []
        return [(include as string[] | undefined)?.includes('TAGS') ? task : { ...task, tags: [] }]
      })
      return { answer: { tasks: described, failures: [] } }
    },
  }

  return {
    tasks,
    serve(operation, input) {
      if (input.cluster !== plan.cluster?.name) return serviceError('ClusterNotFoundException', 'Cluster not found.')
      return operations[operation]?.(input) ?? serviceError('UnknownOperationException', operation)
    },
  }
}
