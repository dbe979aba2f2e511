import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Plan } from '../../../core/plan/schema.ts'
import { functionCode } from '../../../infra/aws/function-code.ts'
import { environmentOf } from '../../launchers/aws-project.ts'
import { dynamoDbEndpoint, freshTable } from '../../support/dynamodb-table.ts'
import { type FakeAws, startFakeAws } from '../../support/fake-aws.ts'
import { scratchDirectory } from '../../support/synth-project.ts'
import { writeCode } from './write-code.ts'

/** A project as it is after a deploy, on loopback. */
export interface Deployment {
  readonly plan: Plan
  readonly aws: FakeAws
  /** Where the table is: DynamoDB Local if it is there, else the fake. */
  readonly dynamoDb: string
  readonly table: string
  /** The code of the two functions, as it would be uploaded, by name. */
  readonly code: Readonly<Record<'gateway' | 'scheduler', string>>
  /** What a deploy puts into the environment of either. */
  readonly env: Readonly<Record<string, string>>
  readonly webhookSecret: string
  readonly gatewayKey: string
  remove(): Promise<void>
}

export async function deploy(plan: Plan): Promise<Deployment> {
  const aws = await startFakeAws(plan)
  const local = dynamoDbEndpoint === undefined ? undefined : await freshTable(dynamoDbEndpoint)
  const secretFor = (why: 'webhook' | 'control'): string => {
    const value = randomBytes(32).toString('base64url')
    for (const { id } of plan.gateway.secrets.filter((secret) => secret.why === why)) aws.secrets.set(id, value)
    return value
  }
  const directory = scratchDirectory()
  for (const [name, files] of Object.entries(await functionCode(plan))) {
    writeCode(join(directory, name), files)
  }
  const dynamoDb = dynamoDbEndpoint ?? aws.endpoint
  const table = local?.table ?? plan.names.table
  return {
    plan,
    aws,
    dynamoDb,
    table,
    code: { gateway: join(directory, 'gateway'), scheduler: join(directory, 'scheduler') },
    env: { ...environmentOf(plan, aws), AWS_ENDPOINT_URL_DYNAMODB: dynamoDb, AL_TABLE: table },
    webhookSecret: secretFor('webhook'),
    gatewayKey: secretFor('control'),
    async remove() {
      await aws.close()
      await local?.drop()
    },
  }
}
