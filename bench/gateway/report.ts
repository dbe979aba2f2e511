import { dynamoDbEndpoint } from '../../test/support/dynamodb-table.ts'
import { unitsOfARun } from '../../test/support/run-units.ts'
import { table } from '../table.ts'
import { coldStart } from './cold.ts'
import { lockPairsInProcess, lockPairsOverHttp, webhooks } from './throughput.ts'

const ms = (value: number): string => `${value.toFixed(1)} ms`
const rate = (value: number): string => `${value.toFixed(0)}/s`

/** Accepting webhooks. */
export async function reportWebhooks(): Promise<void> {
  const { ours, bare } = await webhooks()
  const ratio = (value: number) => `${(value / bare.perSecond).toFixed(2)} ×`
  table(
    'Webhooks, signed, 32 at once, on the local host',
    ['what', 'accepted', 'ratio', 'p50', 'p99', 'aim'],
    [
      ['only the signature (bare Hono)', rate(bare.perSecond), ratio(bare.perSecond), ms(bare.p50), ms(bare.p99), ''],
      [
        'verified, matched, durable',
        rate(ours.perSecond),
        ratio(ours.perSecond),
        ms(ours.p50),
        ms(ours.p99),
        '≥ 0.50 ×',
      ],
    ],
  )
}

/** Locks, with and without HTTP. */
export async function reportLocks(): Promise<void> {
  const inProcess = await lockPairsInProcess()
  const http = await lockPairsOverHttp()
  table(
    'Locks: acquire and release, 32 runs at once, synced to the disk',
    ['what', 'pairs', 'p50 of a request', 'p99', 'aim'],
    [
      ['in process', rate(inProcess), '', '', ''],
      ['over HTTP', rate(http.perSecond), ms(http.p50), ms(http.p99), '≥ 2,000/s'],
    ],
  )
}

/** What a fresh gateway costs. `directory` is for what it makes. */
export async function reportColdStart(directory: string): Promise<void> {
  const { clients, used, gateway, bundleBytes } = await coldStart(directory)
  table(
    'Cold start of the gateway on AWS: fresh processes',
    ['what', 'median', 'above', 'peak', 'aim'],
    [
      [clients.name, ms(clients.ms), '', `${clients.peakMiB.toFixed(0)} MiB`, ''],
      [used.name, ms(used.ms), ms(used.ms - clients.ms), `${used.peakMiB.toFixed(0)} MiB`, ''],
      [gateway.name, ms(gateway.ms), ms(gateway.ms - clients.ms), `${gateway.peakMiB.toFixed(0)} MiB`, '≤ 40 ms'],
      ['its bundle', `${(bundleBytes / 1e6).toFixed(2)} MB`, '', '', '≤ 1.2 MB'],
    ],
  )
}

/** What a run costs on DynamoDB. */
export async function reportUnits(): Promise<void> {
  if (dynamoDbEndpoint === undefined) {
    console.log('\nUnits of a run on DynamoDB: left out (AL_DYNAMODB_ENDPOINT is not set: scripts/dynamodb-local.sh)')
    return
  }
  const [steps, scaled] = [
    await unitsOfARun(dynamoDbEndpoint),
    await unitsOfARun(dynamoDbEndpoint, { projectScale: true }),
  ]
  const last = scaled.at(-1)
  table(
    'DynamoDB: request units of a webhook run of a minute with one lock',
    ['step', 'read', 'write', 'aim'],
    [
      ...steps.map(({ what, read, write }) => {
        const aims: Record<string, string> = { 'sum of a run': '≤ 20 write', 'sweep at rest': '≤ 1 read a minute' }
        return [what, String(read), String(write), aims[what] ?? '']
      }),
      ['sum with a project scale', String(last?.read), String(last?.write), ''],
    ],
  )
}
