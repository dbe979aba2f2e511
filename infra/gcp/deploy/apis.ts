import type { Plan } from '../../../core/plan/schema.ts'
import type { GoogleAccount } from '../account.ts'
import { answered } from '../google-api.ts'
import { waitForOperation } from './operation.ts'

/** As many as one request may name. Source: `services.batchGet` and `services.batchEnable`. */
const batch = 20

interface Service {
  readonly state?: string
  readonly config?: { readonly name?: string }
}

/** APIs that a plan needs and the project has not enabled. Throws a `GoogleFailure`. */
export const missingApis = (plan: Plan, account: GoogleAccount): Promise<string[]> =>
  notEnabled(plan.google?.apis ?? [], account)

/** Those of these APIs that the project has not enabled. Throws a `GoogleFailure`. */
export async function notEnabled(apis: readonly string[], { api, number }: GoogleAccount): Promise<string[]> {
  const enabled = new Set<string>()
  for (const names of inBatches(apis)) {
    const parent = `projects/${number}`
    const query = names.map((name) => `names=${encodeURIComponent(`${parent}/services/${name}`)}`).join('&')
    const body = await answered(
      api('GET', `https://serviceusage.googleapis.com/v1/${parent}/services:batchGet?${query}`),
      [],
    )
    const { services = [] } = (body ?? {}) as { readonly services?: readonly Service[] }
    for (const { state, config } of services) if (state === 'ENABLED' && config?.name) enabled.add(config.name)
  }
  return apis.filter((name) => !enabled.has(name))
}

/** Enables APIs, and waits until they are. Throws a `GoogleFailure`. */
export async function enableApis(
  names: readonly string[],
  account: GoogleAccount,
  signal?: AbortSignal,
): Promise<void> {
  for (const serviceIds of inBatches(names)) {
    const url = `https://serviceusage.googleapis.com/v1/projects/${account.number}/services:batchEnable`
    const options = { body: { serviceIds }, repeatable: true, ...(signal !== undefined && { signal }) }
    const operation = await answered(account.api('POST', url, options), [])
    await waitForOperation(operation ?? {}, 'https://serviceusage.googleapis.com/v1/', account, { signal })
  }
}

/** What enables them, for those who may. */
export const enablingCommand = (names: readonly string[], project: string): string =>
  `gcloud services enable ${names.join(' ')} --project ${project}`

function inBatches<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / batch) }, (_, i) => all.slice(i * batch, (i + 1) * batch))
}
