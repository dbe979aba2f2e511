import type { Plan } from '../../core/plan/schema.ts'
import type { CredentialStore } from '../../functions/local/credential-store.ts'
import type { Check } from './check.ts'
import { credentialChecks } from './credential-checks.ts'
import { type Machine, machineChecks } from './machine-checks.ts'
import { deployCheck, modelChecks, webhookChecks } from './project-checks.ts'

/** What is known of a project, as far as it could be understood. */
export interface Examined {
  readonly directory: string
  /** For this machine. */
  readonly plan?: Plan
  /** For its cloud. */
  readonly cloud?: Plan
  readonly port?: number
}

/** Everything that running the project here, or deploying it, takes, and whether it is there. */
export async function localChecks(
  examined: Examined,
  store: CredentialStore,
  machine?: Machine,
): Promise<readonly Check[]> {
  const { plan, cloud } = examined
  const [onMachine, models, credentials] = await Promise.all([
    machineChecks(examined, machine),
    plan === undefined ? [] : modelChecks(plan),
    plan === undefined ? [] : credentialChecks(plan, store),
  ])
  return [
    ...onMachine,
    ...models,
    ...credentials,
    ...(plan === undefined ? [] : webhookChecks(plan)),
    ...(plan === undefined ? [] : [deployCheck(cloud)]),
  ]
}
