import * as z from 'zod'
import { preflightSchema } from '../project/schema/agent.ts'
import { modelSchema } from '../project/schema/model.ts'
import { filtersSchema, webhookProviders } from '../project/schema/webhooks.ts'

/**
 * The plan: what must exist for a project to run on its target, and why. Plain JSON; every renderer (CDK, Pulumi, the
 * local host, doctor, diff, cost) reads this and nothing else. `schema/plan.schema.json` is generated from here.
 *
 * Resource names in `permissions` use the pseudo parameters of CloudFormation (`${AWS::Region}` …) as placeholders; on
 * Google Cloud `${number}` is the number of the project, and where no project is chosen `${project}` and `${region}` are its
 * id and the region.
 */
const name = z.string()
const seconds = z.int().positive()

const statement = z.strictObject({
  why: z.string(),
  actions: z.array(z.string()).min(1),
  resources: z.array(z.string()).min(1),
  conditions: z.record(z.string(), z.record(z.string(), z.string())).optional(),
})

const secret = z.strictObject({
  id: z.string().describe("the name in the target's secret store; never a value"),
  type: name,
  instance: name,
  field: name,
  optional: z.boolean().describe('an absent value is skipped when the run starts'),
  why: z.enum(['listed', 'model', 'header', 'webhook', 'control']),
})

const schedule = z.strictObject({
  name,
  line: z.string().describe('the cron line as written'),
  expression: z.string().describe("the same minutes in the target's language"),
  timezone: z.string(),
})

const dayLimits = {
  maxCostPerDay: z.number().positive().optional().describe('US dollars; days are UTC'),
  maxRunsPerDay: z.int().positive().optional(),
}

const agent = z.strictObject({
  name,
  compute: z.enum(['lambda', 'fargate', 'cloud-run-job', 'docker', 'process', 'off']),
  why: z.string().describe('why this compute was chosen'),
  resource: name.describe('name of the function, task definition family or job, and of its role'),
  account: name.optional().describe('on Google Cloud, the id of its service account'),
  logs: name.describe('name of the log group'),
  shard: z.int().min(0),
  memoryMiB: z.int().positive(),
  vcpus: z.number().positive(),
  timeoutSeconds: seconds.describe('time the agent has for its work'),
  limitSeconds: seconds.describe('time after which the platform or the control plane ends the run'),
  scale: z.int().min(0),
  image: name.describe('key of the image in `images`'),
  schedules: z.array(schedule),
  misfire: z
    .literal('once')
    .optional()
    .describe('missed minutes of its schedule are made up for by one run; else skipped'),
  triggers: z.array(z.strictObject({ source: name, filters: filtersSchema })),
  secrets: z.array(secret),
  permissions: z.array(statement),
  model: modelSchema,
  preflight: z.array(preflightSchema),
  params: z.record(z.string(), z.unknown()),
  instructions: z.string(),
  testScript: z.string().optional(),
  limits: z
    .strictObject({
      ...dayLimits,
      maxCostPerRun: z.number().positive().optional().describe('US dollars'),
      maxTurns: z.int().positive().optional().describe("of its model's turns in a run"),
    })
    .optional()
    .describe("what its runs may use; the project's limits per day apply to it, too"),
})

const google = z
  .strictObject({
    apis: z.array(name).describe('what has to be enabled in the project'),
    labels: z
      .record(name, z.string())
      .describe('on every resource that takes labels; those of agents have `al-agent`, too'),
    accounts: z.strictObject({
      gateway: name,
      caller: name.describe('what Cloud Scheduler and Pub/Sub call the gateway as'),
      builder: name.describe("what Cloud Build builds as: the gateway's function, and images"),
    }),
    roles: z
      .array(z.strictObject({ name, title: z.string(), permissions: z.array(z.string()) }))
      .describe("roles of the project's own, for statements that name permissions"),
    clock: z
      .array(z.strictObject({ name, expression: z.string(), timezone: z.string(), path: z.string(), why: z.string() }))
      .describe("jobs of Cloud Scheduler, and the gateway's route that each calls"),
    state: z.strictObject({
      database: name,
      collection: name.describe('collection group of all items'),
      expires: name.describe('the field that expired items are removed by'),
      plain: z.array(name).describe('fields that no query asks for, and that have no index'),
    }),
    bucket: name.describe('the code of the gateway, and what images are built from'),
    repository: name
      .optional()
      .describe('id of the repository that is made for images; absent where all use the given one'),
    functionRepository: z.string().describe("where Google keeps the image it makes of the gateway's function"),
    stopped: z
      .strictObject({ name, filter: z.string(), path: z.string() })
      .describe('the end of an execution, from the audit log through Pub/Sub to a route of the gateway'),
  })
  .describe('what there is on Google Cloud only')

const amount = z.strictObject({ what: z.string(), usd: z.number().min(0), how: z.string() })

export const planSchema = z.strictObject({
  version: z.literal(1),
  project: name,
  environment: name,
  target: z.strictObject({
    provider: z.enum(['aws', 'gcp', 'local']),
    assumed: z.boolean().describe('the project names no cloud, or another one'),
    account: z.string().optional(),
    region: z.string().optional(),
    architecture: z.enum(['x86_64', 'arm64']),
    shards: z.int().positive(),
    disposable: z.boolean(),
    secretStore: z
      .enum(['secrets-manager', 'parameter-store', 'secret-manager', 'files'])
      .describe('where the ids of secrets are names'),
    build: z.enum(['auto', 'docker', 'codebuild']).describe('what builds images for a deploy'),
    logRetentionDays: z.int().positive(),
    alarmEmail: z.string().optional().describe('whom alarms are sent to; there are none without'),
    dashboard: z.boolean(),
  }),
  names: z.strictObject({
    prefix: name.describe("what the names of the project's resources begin with"),
    stack: name,
    table: name,
    gateway: name,
    scheduler: name,
    rolePath: z.string(),
  }),
  limits: z.strictObject({
    scale: z.int().positive().optional(),
    workQueueSize: z.int().positive(),
    maxReruns: z.int().min(0),
    maxCallDepth: z.int().min(0),
    lockTimeoutSeconds: seconds,
    ...dayLimits,
  }),
  agents: z.array(agent),
  images: z
    .array(
      z.strictObject({
        key: name,
        project: z.string().optional().describe("the project's Dockerfile, when it is part of the image"),
        agent: z.string().optional().describe("the agent's Dockerfile"),
        context: z.string().optional().describe("the agent's directory, which its Dockerfile may copy from"),
      }),
    )
    .describe('what containers are made from; agents without a Dockerfile share one'),
  webhooks: z.array(
    z.strictObject({
      source: name,
      provider: z.enum(Object.keys(webhookProviders) as [keyof typeof webhookProviders]),
      paths: z.array(z.string()),
      secret: z.string().optional(),
      unsigned: z.enum(['accepted', 'refused']),
    }),
  ),
  endpoints: z.array(z.strictObject({ method: z.string(), path: z.string(), access: z.string(), what: z.string() })),
  gateway: z.strictObject({ secrets: z.array(secret), permissions: z.array(statement) }),
  scheduler: z.strictObject({ permissions: z.array(statement) }),
  builder: z
    .strictObject({ name, logs: name, permissions: z.array(statement) })
    .optional()
    .describe('what builds images in the cloud; absent where this machine has to'),
  network: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('none') }),
      z.strictObject({ kind: z.literal('created') }),
      z.strictObject({
        kind: z.literal('given'),
        subnets: z.array(z.string()),
        securityGroups: z.array(z.string()),
      }),
    ])
    .describe('where Fargate agents run'),
  lambdaNetwork: z.strictObject({ subnets: z.array(z.string()), securityGroups: z.array(z.string()) }).optional(),
  cluster: z.strictObject({ name, given: z.boolean() }).optional(),
  repository: z
    .string()
    .optional()
    .describe('the repository of images; absent on AWS if it is the one of the CDK bootstrap stack'),
  google: google.optional(),
  telemetry: z
    .strictObject({
      provider: z.enum(['otel', 'xray']),
      endpoint: z.string().optional(),
      serviceName: z.string(),
      headers: z.record(z.string(), z.string()),
      samplingRate: z.number().optional(),
    })
    .optional(),
  cost: z.strictObject({
    currency: z.literal('USD'),
    prices: z.strictObject({ asOf: z.string(), region: z.string(), source: z.string() }),
    atRestPerMonth: z.strictObject({ usd: z.number(), items: z.array(amount) }),
    per1000Runs: z.array(z.strictObject({ agent: name, usd: z.number(), items: z.array(amount) })),
    assumptions: z.array(z.string()),
  }),
  warnings: z.array(z.string()),
})

export type Plan = z.output<typeof planSchema>
export type PlannedAgent = Plan['agents'][number]
export type PlannedImage = Plan['images'][number]
export type PlannedSecret = z.output<typeof secret>
export type Statement = z.output<typeof statement>
export type Compute = PlannedAgent['compute']
