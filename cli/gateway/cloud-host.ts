import type { Plan } from '../../core/plan/schema.ts'
import type { SecretStore } from '../../infra/secrets/secret-store.ts'
import { cloudPlan } from '../deploy/cloud-plan.ts'
import { openCloud } from '../deploy/open-cloud.ts'
import { CloudError, exitCodes, UserError } from '../errors.ts'
import { type GatewayClient, gatewayClient } from './gateway-client.ts'
import type { HostOptions } from './project-host.ts'
import { typedFor } from './typed-command.ts'

/** Milliseconds: the account's limit on reading logs is a few requests a second. */
const lookEvery = 2000

/**
 * The deployed gateway of a project and environment, opened with its key from the cloud's secret store; its logs come from
 * the cloud's log service. Nothing of this machine is asked but its credentials for the cloud. Throws a `UserError`: nothing is
 * deployed (`cloud`), no key (`credentials`), a project with problems (`configuration`); or the cloud's failure.
 *
 * AL_GATEWAY_URL names the gateway where it is reached by another address than its own: through a proxy, a domain
 * of one's own, an emulator. The key is sent there.
 */
export async function connectToCloud(options: HostOptions): Promise<GatewayClient> {
  const plan = cloudPlan(options)
  const { project, environment } = plan
  const typed = typedFor({ ...options, cloud: false })
  const cloud = await openCloud(plan)
  const reading = keyOf(plan, cloud.secrets)
  // Told only once it is known that something is deployed.
  reading.catch(() => {})
  const deployed = await cloud.deployed()
  if (deployed?.gatewayUrl === undefined) {
    const state = deployed === undefined ? '' : ` (${deployed.state})`
    throw new CloudError(
      `nothing is deployed for ${project} (${environment}) in ${cloud.where}${state}: ${typed(`deploy${options.env === undefined ? '' : ` -E ${options.env}`}`)}`,
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
  return { ...gateway, ...cloud.logs(gateway) }
}

/** The key that opens the control routes, and where it was found. */
async function keyOf({ gateway }: Plan, store: SecretStore): Promise<{ readonly key: string; readonly from: string }> {
  const id = gateway.secrets.find(({ why }) => why === 'control')?.id
  if (id === undefined) throw new Error('the plan names no key of the gateway')
  const key = (await store.read(id))?.trim()
  if (key !== undefined && /^[\x21-\x7e]+$/.test(key)) return { key, from: `${id} of ${store.name}` }
  const what = key === undefined ? `${store.name} has no ${id}` : `${id} of ${store.name} does not hold a one-line key`
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
