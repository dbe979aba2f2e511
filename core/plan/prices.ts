/**
 * List prices that the cost estimates are made from, in USD, without free tiers unless said. Checked by hand against the
 * vendors' public price pages on the date given; estimates are for comparison, the vendor's bill is what counts.
 */
export const awsPrices = {
  asOf: '2026-11',
  region: 'us-east-1',
  source: 'https://aws.amazon.com/<service>/pricing/ (Lambda, Fargate, DynamoDB, API Gateway, Secrets Manager, …)',
  lambdaRequest: 0.2e-6,
  lambdaGiBSecond: { x86_64: 16.6667e-6, arm64: 13.3334e-6 },
  /** Above the 512 MB that are included. */
  lambdaEphemeralGiBSecond: 0.0309e-6,
  fargateVcpuHour: { x86_64: 0.04048, arm64: 0.03238 },
  fargateGiBHour: { x86_64: 0.004445, arm64: 0.00356 },
  publicIpv4Hour: 0.005,
  dynamoWriteUnit: 0.625e-6,
  dynamoReadUnit: 0.125e-6,
  httpApiRequest: 1e-6,
  secretMonth: 0.4,
  secretRead: 0.05e-4,
  logGiB: 0.5,
  imageGiBMonth: 0.1,
  /** The first ten alarms and ten metrics of an account are free, and three dashboards of up to 50 metrics. */
  alarmMonth: 0.1,
  dashboardMonth: 3,
  /** Billed by the hour: only hours in which the metric has a value count. */
  metricMonth: 0.3,
  /** The first 14 million invocations a month are free, for ever. */
  schedulerInvocation: 0,
} as const

export const gcpPrices = {
  asOf: '2026-11',
  region: 'us-central1',
  source: 'https://cloud.google.com/<product>/pricing (Cloud Run, Firestore, Secret Manager, Cloud Scheduler, …)',
  jobVcpuSecond: 18e-6,
  jobGiBSecond: 2e-6,
  functionRequest: 0.4e-6,
  /** Seconds that requests are rounded up to. */
  functionSlice: 0.1,
  functionVcpuSecond: 24e-6,
  functionGiBSecond: 2.5e-6,
  firestoreWrite: 0.9e-6,
  firestoreRead: 0.3e-6,
  /** A month of one active version; the first six are free. */
  secretMonth: 0.06,
  secretRead: 0.03e-4,
  /** A month of one job; the first three of an account are free. */
  schedulerJobMonth: 0.1,
  logGiB: 0.5,
  imageGiBMonth: 0.1,
} as const
