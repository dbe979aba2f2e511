import type { Plan } from '../../core/plan/schema.ts'
import { openAccount } from '../../infra/aws/account.ts'
import { deployedStack } from '../../infra/aws/deployed.ts'
import { logEvents } from '../../infra/aws/logs.ts'
import { secretStore } from '../../infra/aws/secret-store.ts'
import { cloudPlan } from '../deploy/cloud-plan.ts'
import { CloudError, exitCodes, UserError } from '../errors.ts'
import { cloudLogs } from './cloud-logs.ts'
import { type GatewayClient, gatewayClient } from './gateway-client.ts'
import type { HostOptions } from './project-host.ts'
import { typedFor } from './typed-command.ts'

/** Milliseconds: the account's limit on reading logs is a few requests a second. */
const lookEvery = 2000

/**
 * The deployed gateway of a project and environment, opened with its key from the cloud's secret store; its logs come from
 * the cloud's log service. Nothing of this machine is asked but its AWS credentials. Throws a `UserError`: nothing is
 * deployed (`cloud`), no key (`credentials`), a project with problems (`configuration`); or an `AwsFailure`.
 *
 * AL_GATEWAY_URL names the gateway where it is reached by another address than that of its API: through a proxy, a domain
 * of one's own, an emulator. The key is sent there.
 */
export async function connectToCloud(options: HostOptions): Promise<GatewayClient> {
  const plan = cloudPlan(options)
  const { project, environment, target } = plan
  if (target.provider !== 'aws') {
    throw new CloudError(`al cannot speak to what runs on Google Cloud yet, and that is where ${project} belongs`)
  }
  const typed = typedFor({ ...options, cloud: false })
  const account = await openAccount(target)
  const reading = keyOf(plan, account)
  // Told only once it is known that something is deployed.
  reading.catch(() => {})
  const deployed = await deployedStack(plan, account)
  if (deployed?.gatewayUrl === undefined) {
    const where = `in account ${account.account}, ${account.region}`
    const state = deployed === undefined ? '' : ` (stack ${plan.names.stack} is ${deployed.status})`
    throw new CloudError(
      `nothing is deployed for ${project} (${environment}) ${where}${state}: ${typed(`deploy${options.env === undefined ? '' : ` -E ${options.env}`}`)}`,
    )
  }
  const { key, from } = await reading
  const { AL_GATEWAY_URL: elsewhere } = process.env
  const url = elsewhere ? givenUrl(elsewhere) : deployed.gatewayUrl
  const gateway = gatewayClient({
    url,
    key,
    lookEvery,
    exitCode: exitCodes.cloud,
    whenKeyIsWrong: `the gateway at ${url} does not accept the key in ${from}: if it was changed just now, try again in ten seconds; else the gateway may not read it, and \`al doctor -c\` says why`,
    whenDown: `nobody answers at ${url}`,
  })
  if (elsewhere) await checkIsOf(plan, gateway)
  return { ...gateway, ...cloudLogs({ plan, events: logEvents(account), gateway, now: Date.now }) }
}

/** The key that opens the control routes, and where it was found. */
async function keyOf(
  { gateway, target }: Plan,
  account: Parameters<typeof secretStore>[1],
): Promise<{ readonly key: string; readonly from: string }> {
  const id = gateway.secrets.find(({ why }) => why === 'control')?.id
  if (id === undefined) throw new Error('the plan names no key of the gateway')
  const store = await secretStore(target.secretStore, account)
  const key = (await store.read(id))?.trim()
  if (key !== undefined && /^[\x21-\x7e]+$/.test(key)) return { key, from: `${id} of ${store.name}` }
  const what = key === undefined ? `${store.name} has no ${id}` : `${id} of ${store.name} holds no key of one line`
  throw new UserError(
    `the key of the gateway is missing: ${what}; \`al doctor -c\` puts it there`,
    exitCodes.credentials,
  )
}

/** The key must not travel where others can read it. */
function givenUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isHere = url !== undefined && /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere)) return text.replace(/\/+$/, '')
  throw new UserError(
    `AL_GATEWAY_URL is ${JSON.stringify(text.slice(0, 100))}: it must be the https:// address of a gateway (http:// on this machine alone)`,
    exitCodes.configuration,
  )
}

/** Environments may share a key: another one's gateway would do as it is told. */
async function checkIsOf({ project, environment }: Plan, gateway: GatewayClient): Promise<void> {
  const { projectName, environment: found } = (await gateway.status()).scheduler
  if (projectName === project && found === environment) return
  throw new UserError(
    `AL_GATEWAY_URL leads to the gateway of ${projectName} (${found}), and this is ${project} (${environment})`,
    exitCodes.configuration,
  )
}
