import type { Plan, PlannedAgent } from '../core/plan/schema.ts'

/** One difference: what it is about, what a plan says of it, and why they differ. */
export type Row = readonly [what: string, cell: (plan: Plan) => string, why: string]

/** The cells are what the plans say; only the reasons are written here. */
export const rows: readonly Row[] = [
  [
    'an agent runs as',
    each(({ compute, why }) => `${compute}: ${why}`),
    'a Cloud Run job may take seven days, so there is one kind of compute; a Lambda function may take 15 minutes, and starts sooner',
  ],
  [
    'time for its work, and until it is ended',
    each(({ timeoutSeconds, limitSeconds }) => `${timeoutSeconds} s, ${limitSeconds} s`),
    'a Lambda function cannot be given longer than 15 minutes to tell how it ended',
  ],
  [
    'size, where nothing is set',
    each(({ vcpus, memoryMiB }) => `${vcpus} vCPU, ${memoryMiB} MiB`),
    'Lambda gives CPU by memory; on Cloud Run the files an agent writes are in its memory, too',
  ],
  [
    'who an agent is',
    ({ agents: [agent], target }) =>
      target.provider === 'gcp' ? `service account \`${agent?.account}\`` : `role \`${agent?.resource}\``,
    'a service account is an e-mail address of at most 30 characters; a Google Cloud project has 100 of them before anybody asks for more, an AWS account 1,000 roles',
  ],
  [
    'what an agent may do',
    ({ agents: [agent] }) => actionsOf(agent?.permissions ?? []),
    'Cloud Run collects what a container prints and pulls its image with an identity of its own',
  ],
  [
    'where secrets are',
    ({ target, agents: [agent] }) => `${target.secretStore}, \`${agent?.secrets[0]?.id}\``,
    'names in Secret Manager have no slashes; a right on a secret stands at the secret, which has to be there first',
  ],
  [
    'the control plane',
    ({ names, target }) =>
      (names.scheduler === names.gateway ? 'one function' : 'two functions, gateway and scheduler') +
      (target.provider === 'aws' ? ' behind an HTTP API' : ', public at its own address'),
    'Cloud Scheduler and Pub/Sub call over HTTP with a signed token, EventBridge calls a function',
  ],
  [
    'routes',
    ({ endpoints }) => `${endpoints.length}`,
    'what Cloud Scheduler and Pub/Sub call is a route of the gateway',
  ],
  [
    'what the control plane may do',
    ({ gateway, scheduler }) => actionsOf([...gateway.permissions, ...scheduler.permissions]),
    'on Google Cloud a right on a job stands at that job; on AWS names are matched by pattern',
  ],
  [
    'state',
    ({ target }) => (target.provider === 'aws' ? 'a DynamoDB table' : 'a Firestore database'),
    'both are billed by request, and cost nothing when nothing happens',
  ],
  [
    'schedules',
    clockOf,
    'Cloud Scheduler bills jobs, of which an account has three free; EventBridge Scheduler bills invocations, of which 14 million a month are free',
  ],
  [
    'a line of cron becomes',
    ({ agents }) =>
      agents.flatMap(({ schedules }) =>
        schedules.slice(0, 1).map(({ line, expression }) => `\`${line}\` → \`${expression}\``),
      )[0] ?? '',
    'EventBridge has six fields and takes days of the month or of the week, not both: such a line becomes two schedules',
  ],
  [
    'a container that ends without a word',
    ({ google }) =>
      google === undefined
        ? 'an event of ECS; of a Lambda function the lease runs out'
        : 'the audit log through Pub/Sub',
    'the sweep finds whatever an event misses',
  ],
  [
    'where images are',
    ({ repository }) =>
      repository === undefined
        ? 'the repository of the CDK bootstrap stack'
        : `\`${repository.replace(/[^/]*$/, '…')}\`, made with the project`,
    'a function of Google Cloud is built into an image as well, and kept beside them',
  ],
  [
    'what builds images without Docker',
    ({ target }) => (target.provider === 'aws' ? 'CodeBuild' : 'Cloud Build'),
    'the same context and tag',
  ],
  [
    'network',
    ({ network }) =>
      ({ none: 'none', created: 'a VPC with public subnets, for Fargate', given: 'the given subnets' })[network.kind],
    'a Cloud Run job reaches the internet without a network of ours',
  ],
  [
    'processors',
    ({ target }) => (target.provider === 'aws' ? 'x86_64, or arm64 if asked for' : 'x86_64'),
    'Cloud Run has no others',
  ],
  [
    'logs',
    ({ target }) =>
      target.provider === 'aws'
        ? `a log group each, ${target.logRetentionDays} days unless \`logRetentionDays\` says otherwise`
        : `Cloud Logging, ${target.logRetentionDays} days`,
    "the days are those of the Google Cloud project's default bucket, which is set for all of it at once",
  ],
  [
    'alarms, a dashboard of the cloud',
    ({ target }) => (target.provider === 'aws' ? 'if asked for (`alarmEmail`, `dashboard`)' : 'none'),
    'metrics are in the log lines on both',
  ],
  [
    'models without a key',
    ({ target }) => (target.provider === 'aws' ? 'Bedrock' : 'Vertex AI'),
    "called with the agent's own identity",
  ],
  [
    'how it is deployed',
    ({ google }) =>
      google === undefined
        ? 'CloudFormation, in stacks of 500 resources (`shards`)'
        : 'Pulumi, in one stack; its state is a bucket of the project',
    'no account with anybody but the cloud',
  ],
  [
    'what has to be enabled',
    ({ google }) => (google === undefined ? 'the CDK bootstrap stack' : `${google.apis.length} APIs`),
    '`al deploy` does it after asking',
  ],
  [
    'at rest, a month',
    ({ cost }) =>
      `$${cost.atRestPerMonth.usd.toFixed(2)}: ${cost.atRestPerMonth.items.map(({ what, usd }) => `${what} ${usd.toFixed(2)}`).join(', ')}`,
    'of list prices; of what an account has free, the six secrets and three schedules of Google alone are counted',
  ],
  [
    '1,000 runs of a minute',
    each((agent, { cost }) => `$${cost.per1000Runs.find((one) => one.agent === agent.name)?.usd.toFixed(2)}`),
    'without the model',
  ],
]

/** A cell for each agent; equal ones are told once. */
function each(cell: (agent: PlannedAgent, plan: Plan) => string): Row[1] {
  return (plan) => {
    const by = Map.groupBy(plan.agents, (agent) => cell(agent, plan))
    if (by.size === 1) return [...by.keys()].join()
    return [...by].map(([text, agents]) => `${text} (${agents.map(({ name }) => name).join(', ')})`).join('<br>')
  }
}

const actionsOf = (statements: PlannedAgent['permissions']): string =>
  [...new Set(statements.flatMap(({ actions }) => actions))].map((action) => `\`${action}\``).join(', ')

function clockOf({ google, agents }: Plan): string {
  const own = agents.reduce((sum, { schedules }) => sum + schedules.length, 0)
  return google === undefined
    ? `${own} of EventBridge Scheduler, and the sweep`
    : `${google.clock.length} of Cloud Scheduler: ${google.clock.map(({ why }) => why).join('; ')}`
}
