import type { Plan } from '../../core/plan/schema.ts'
import type { GoogleAccount } from './account.ts'
import { answered } from './google-api.ts'

/** The control plane that stands for a plan. */
export interface Deployed {
  /** Base URL, without a slash at the end: the one that was known before there was a gateway. Absent until it has been ready. */
  readonly gatewayUrl?: string
  /** For people: `service al-acme-… is ready`. */
  readonly state: string
  /** Of the service, as deployed. */
  readonly labels: Readonly<Record<string, string>>
}

interface Service {
  readonly urls?: readonly string[]
  readonly uri?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly terminalCondition?: { readonly state?: string }
}

/** What serves the gateway of a plan; nothing if there is nothing of that name. Throws a `GoogleFailure`. */
export async function deployedService(
  { names }: Pick<Plan, 'names'>,
  { api, project, number, region }: GoogleAccount,
): Promise<Deployed | undefined> {
  const url = `https://run.googleapis.com/v2/projects/${project}/locations/${region}/services/${names.gateway}`
  const found: Service | undefined = await answered(api('GET', url))
  if (found === undefined) return undefined
  const { urls = [], uri, labels = {}, terminalCondition: { state = 'CONDITION_PENDING' } = {} } = found
  const known = `https://${names.gateway}-${number}.${region}.run.app`
  // A service has more than one address; tokens and agents go by the one that is made of its name.
  const address = urls.includes(known) ? known : (uri ?? urls[0])
  const ready = state === 'CONDITION_SUCCEEDED'
  return {
    state: `service ${names.gateway} ${ready ? 'is ready' : `is not ready: ${state.replace('CONDITION_', '').toLowerCase()}`}`,
    labels,
    ...(address !== undefined && { gatewayUrl: address.replace(/\/$/, '') }),
  }
}
