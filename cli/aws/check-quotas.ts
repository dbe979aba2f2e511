import type { Plan } from '../../core/plan/schema.ts'

/** The quota of an account that is not new. Source: quotas of AWS Lambda, November 2026. */
const usualConcurrency = 1000
/** The largest function of a new account, in MiB. */
const newAccountMemory = 3008
/** Gateway and scheduler need room beside the agents. */
const controlPlane = 2

/**
 * Warnings, in words, of what the project may need and the account does not allow. `concurrency` is how many functions
 * may run at once. A run that the account turns away is started again later, so this is no reason not to deploy.
 */
export function quotaWarnings({ agents }: Pick<Plan, 'agents'>, concurrency: number): string[] {
  const functions = agents.filter(({ compute, scale }) => compute === 'lambda' && scale > 0)
  const wanted = functions.reduce((sum, { scale }) => sum + scale, controlPlane)
  const warnings =
    wanted > concurrency
      ? [
          `the account may run ${concurrency} functions at once, and this project up to ${wanted}: starts beyond that are refused and tried again; ask AWS for more ("Concurrent executions" in Service Quotas), or lower "scale"`,
        ]
      : []
  const large = functions.filter(({ memoryMiB }) => memoryMiB > newAccountMemory).map(({ name }) => name)
  if (large.length > 0 && concurrency < usualConcurrency) {
    warnings.push(
      `${large.join(', ')} need more than ${newAccountMemory} MiB, which AWS does not give to new accounts: if creating them fails, ask support for more, or lower the memory`,
    )
  }
  return warnings
}
