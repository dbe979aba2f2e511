import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Plan } from '../../../core/plan/schema.ts'
import { functionCode } from '../../../infra/gcp/function-code.ts'
import type { Execution } from '../../gcp/fake-cloud-run.ts'
import { type FakeGoogle, fakeGoogle } from '../../gcp/fake-google.ts'
import { signer } from '../../gcp/signer.ts'
import { scratchDirectory } from '../../support/synth-project.ts'
import { writeCode } from './write-code.ts'

/** A project on Google Cloud as it is after a deploy, on loopback. */
export interface GcpDeployment {
  readonly google: FakeGoogle
  /** The id of the Google Cloud project; each deployment has its own. */
  readonly project: string
  /** The code of the function, as it would be uploaded. */
  readonly code: string
  /** What a deploy puts into its environment. */
  readonly env: Readonly<Record<string, string>>
  readonly webhookSecret: string
  readonly gatewayKey: string
  /** The `Authorization` of Cloud Scheduler and Pub/Sub at a moment, epoch milliseconds. */
  identityAt(now: number): string
}

const gatewayUrl = 'https://gateway.example.com'
const caller = 'caller@al.iam.gserviceaccount.com'
let deployments = 0

export async function deployToGoogle(plan: Plan, onRun: (execution: Execution) => void): Promise<GcpDeployment> {
  const google = await fakeGoogle(onRun)
  const key = signer('key-1')
  google.keys.push(key.key)
  const project = `al-e2e-${process.pid}-${deployments++}`
  const secretFor = (why: 'webhook' | 'control'): string => {
    const value = randomBytes(32).toString('base64url')
    for (const { id } of plan.gateway.secrets.filter((secret) => secret.why === why)) google.secrets.set(id, value)
    return value
  }
  const code = join(scratchDirectory(), 'function')
  writeCode(code, await functionCode(plan))
  return {
    google,
    project,
    code,
    env: {
      AL_PROJECT: project,
      AL_REGION: 'europe-west1',
      AL_GATEWAY_URL: gatewayUrl,
      AL_SCHEDULER_ACCOUNT: caller,
    },
    webhookSecret: secretFor('webhook'),
    gatewayKey: secretFor('control'),
    identityAt(now) {
      const exp = Math.floor(now / 1000) + 600
      const iss = 'https://accounts.google.com'
      return `Bearer ${key.sign({ iss, aud: gatewayUrl, email: caller, email_verified: true, exp })}`
    },
  }
}
