import { awsPrices, gcpPrices } from './prices.ts'
import type { Plan, PlannedAgent } from './schema.ts'
import { freeClockJobs } from './targets/gcp-clock.ts'
import { serviceMemoryMiB } from './targets/service-memory.ts'

type Cost = Plan['cost']
type Amount = Cost['atRestPerMonth']['items'][number]
type Unpriced = Omit<Plan, 'cost'>

/** What every estimate rests on; printed beside it. */
const run = {
  seconds: 60,
  /** Write and read units of one webhook run of a minute that takes one lock, as counted on a DynamoDB engine. */
  units: { writes: 21, reads: 22 },
  /** The same where the project has a scale: its item is read and written at the start and at the end as well. */
  unitsInScaledProject: { writes: 25, reads: 23 },
  /** The same in documents of Firestore, and where the project has a scale. */
  documents: { writes: 12, reads: 22 },
  documentsInScaledProject: { writes: 14, reads: 23 },
  gatewayRequests: 9,
  gatewaySeconds: 0.05,
  gatewayGiB: serviceMemoryMiB / 1024,
  logBytes: 100 * 1024,
} as const

/** GiB of one agent image beyond its base, and what a registry keeps of it. */
const imageGiB = 0.25
const sweepsPerMonth = 60 * 24 * 30

/** Estimates of what the plan costs when nothing happens, and what a thousand runs of each agent add. No model usage. */
export function estimateCost(plan: Unpriced): Cost {
  switch (plan.target.provider) {
    case 'aws':
      return awsCost(plan)
    case 'gcp':
      return gcpCost(plan)
    case 'local':
      return free
  }
}

function awsCost(plan: Unpriced): Cost {
  const p = awsPrices
  const units = unitsOf(plan)
  const arch = plan.target.architecture
  const images = plan.images.length
  const sweep = sweepsPerMonth * (p.lambdaRequest + run.gatewaySeconds * run.gatewayGiB * p.lambdaGiBSecond.arm64)
  const secrets = secretIds(plan).length
  // Parameter Store's standard tier bills neither what it keeps nor who asks.
  const secretsAreFree = plan.target.secretStore === 'parameter-store'
  return cost(
    plan,
    p,
    [
      {
        what: 'secrets',
        usd: secretsAreFree ? 0 : secrets * p.secretMonth,
        how: secretsAreFree
          ? `${secrets} in Parameter Store, which is free`
          : `${secrets} in Secrets Manager at $${p.secretMonth.toFixed(2)}`,
      },
      { what: 'images', usd: images * imageGiB * p.imageGiBMonth, how: `${images} × ${imageGiB} GiB in ECR` },
      {
        what: 'sweep',
        usd: sweep + sweepsPerMonth * p.dynamoReadUnit,
        how: 'one short function call and one read unit a minute',
      },
      ...watchedAtRest(plan.target),
    ],
    (agent) => {
      const seconds = 1000 * run.seconds
      const gib = agent.memoryMiB / 1024
      const compute: Amount =
        agent.compute === 'lambda'
          ? {
              what: 'Lambda',
              usd:
                1000 * p.lambdaRequest + seconds * (gib * p.lambdaGiBSecond[arch] + 1.5 * p.lambdaEphemeralGiBSecond),
              how: `${agent.memoryMiB} MiB for ${run.seconds} s`,
            }
          : {
              what: 'Fargate',
              usd:
                (seconds / 3600) *
                (agent.vcpus * p.fargateVcpuHour[arch] + gib * p.fargateGiBHour[arch] + p.publicIpv4Hour),
              how: `${agent.vcpus} vCPU, ${agent.memoryMiB} MiB and a public IPv4 address for ${run.seconds} s`,
            }
      const requests = 1000 * run.gatewayRequests
      const gateway =
        requests * (p.httpApiRequest + p.lambdaRequest + run.gatewaySeconds * run.gatewayGiB * p.lambdaGiBSecond.arm64)
      return [
        compute,
        {
          what: 'control plane',
          usd: gateway + 1000 * (units.writes * p.dynamoWriteUnit + units.reads * p.dynamoReadUnit),
          how: `${run.gatewayRequests} requests, ${units.writes} write and ${units.reads} read units a run`,
        },
        {
          what: 'secrets',
          usd: secretsAreFree ? 0 : 1000 * agent.secrets.length * p.secretRead,
          how: `${agent.secrets.length} reads a run`,
        },
        { what: 'logs', usd: (1000 * run.logBytes * p.logGiB) / 1024 ** 3, how: `${run.logBytes / 1024} KiB a run` },
        ...measured(plan.target),
      ]
    },
  )
}

/** Metrics that a run has a value for when a dashboard shows them: outcome, duration, wait, tokens and cost, of the project and of the agent. */
const metricsOfRun = 2 * 5
const hoursOfMonth = 730

/** What was asked for and is billed whether anything runs or not. Mail is free up to 1,000 a month. */
function watchedAtRest({ alarmEmail, dashboard }: Plan['target']): Amount[] {
  const { alarmMonth, dashboardMonth } = awsPrices
  return [
    ...(alarmEmail === undefined
      ? []
      : [{ what: 'alarms', usd: 2 * alarmMonth, how: `2 at $${alarmMonth.toFixed(2)}, dead letters and failed runs` }]),
    ...(dashboard ? [{ what: 'dashboard', usd: dashboardMonth, how: 'one in CloudWatch' }] : []),
  ]
}

/** Alarms alone measure runs that fail, which are few: those are left out. */
function measured({ dashboard }: Plan['target']): Amount[] {
  if (!dashboard) return []
  return [
    {
      what: 'metrics',
      usd: (1000 * metricsOfRun * awsPrices.metricMonth) / hoursOfMonth,
      how: `${metricsOfRun} metrics an hour, if no two runs share an hour; at most $${(metricsOfRun * awsPrices.metricMonth).toFixed(2)} a month for the agent`,
    },
  ]
}

function gcpCost(plan: Unpriced): Cost {
  const p = gcpPrices
  const documents = plan.limits.scale === undefined ? run.documents : run.documentsInScaledProject
  // One more than those of agents: what Google makes of the gateway's function.
  const images = plan.images.length + 1
  const secrets = secretIds(plan).length
  const jobs = plan.google?.clock.length ?? 0
  const { functionSlice: slice } = p
  const seconds = Math.ceil(run.gatewaySeconds / slice) * slice
  const call = p.functionRequest + seconds * (p.functionVcpuSecond + run.gatewayGiB * p.functionGiBSecond)
  // The event that the job has ended is a request, too.
  const requests = run.gatewayRequests + 1
  return cost(
    plan,
    p,
    [
      {
        what: 'secrets',
        usd: Math.max(0, secrets - 6) * p.secretMonth,
        how: `${secrets} in Secret Manager, of which an account has six free`,
      },
      {
        what: 'images',
        usd: images * imageGiB * p.imageGiBMonth,
        how: `${images} × ${imageGiB} GiB in Artifact Registry, the gateway's among them`,
      },
      {
        what: 'schedules',
        usd: Math.max(0, jobs - freeClockJobs) * p.schedulerJobMonth,
        how: `${jobs} Cloud Scheduler jobs, of which an account has three free`,
      },
      {
        what: 'sweep',
        usd: sweepsPerMonth * (call + p.firestoreRead),
        how: 'one function call, billed as a tenth of a second, and one read a minute; less than the free tier of an account',
      },
    ],
    (agent) => [
      {
        what: 'Cloud Run job',
        usd: 1000 * run.seconds * (agent.vcpus * p.jobVcpuSecond + (agent.memoryMiB / 1024) * p.jobGiBSecond),
        how: `${agent.vcpus} vCPU and ${agent.memoryMiB} MiB for ${run.seconds} s`,
      },
      {
        what: 'control plane',
        usd: 1000 * (requests * call + documents.writes * p.firestoreWrite + documents.reads * p.firestoreRead),
        how: `${requests} requests, ${documents.writes} writes and ${documents.reads} reads a run`,
      },
      { what: 'secrets', usd: 1000 * agent.secrets.length * p.secretRead, how: `${agent.secrets.length} reads a run` },
      { what: 'logs', usd: (1000 * run.logBytes * p.logGiB) / 1024 ** 3, how: `${run.logBytes / 1024} KiB a run` },
    ],
  )
}

/** What a machine costs is not the project's. */
const free: Cost = {
  currency: 'USD',
  prices: { asOf: awsPrices.asOf, region: 'this machine', source: 'none' },
  atRestPerMonth: { usd: 0, items: [] },
  per1000Runs: [],
  assumptions: ['model usage is billed by the model provider and not included'],
}

function cost(
  plan: Unpriced,
  prices: { readonly asOf: string; readonly region: string; readonly source: string },
  atRest: readonly Amount[],
  per1000: (agent: PlannedAgent) => readonly Amount[],
): Cost {
  const rounded = (items: readonly Amount[]) => items.map((item) => ({ ...item, usd: round(item.usd) }))
  const sum = (items: readonly Amount[]) => round(items.reduce((total, { usd }) => total + usd, 0))
  return {
    currency: 'USD',
    prices: { asOf: prices.asOf, region: prices.region, source: prices.source },
    atRestPerMonth: { usd: sum(atRest), items: rounded(atRest) },
    per1000Runs: active(plan).map((agent) => {
      const items = per1000(agent)
      return { agent: agent.name, usd: sum(items), items: rounded(items) }
    }),
    assumptions: [
      `list prices of ${prices.region} as of ${prices.asOf}, without free tiers unless said; other regions differ`,
      `a run takes ${run.seconds} s, takes one lock and logs ${run.logBytes / 1024} KiB`,
      `an image takes ${imageGiB} GiB; stored state and logs cost cents and are left out`,
      'model usage is billed by the model provider and not included',
    ],
  }
}

const unitsOf = ({ limits }: Unpriced) => (limits.scale === undefined ? run.units : run.unitsInScaledProject)

const active = (plan: Unpriced) => plan.agents.filter(({ compute }) => compute !== 'off')

const secretIds = (plan: Unpriced): string[] => [
  ...new Set([...active(plan).flatMap(({ secrets }) => secrets), ...plan.gateway.secrets].map(({ id }) => id)),
]

/** To a hundredth of a cent. */
const round = (usd: number): number => Math.round(usd * 10_000) / 10_000
