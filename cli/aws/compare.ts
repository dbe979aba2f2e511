import type { Plan } from '../../core/plan/schema.ts'
import type { Account } from '../../infra/aws/account.ts'
import { type Assembly, temporaryAssembly } from '../../infra/aws/deploy/assembly.ts'
import { changedSince } from '../../infra/aws/deploy/standing.ts'
import { compareDeployed } from '../../infra/aws/doctor/compare-deployed.ts'
import type { Comparison } from '../deploy/open-cloud.ts'

/** Compares stacks with the templates they were deployed from. */
export async function compareWithStacks(plan: Plan, directory: string, account: Account): Promise<Comparison> {
  let assembly: Assembly | undefined
  const compile = async () => {
    assembly = await temporaryAssembly(plan, directory)
    return assembly
  }
  try {
    const { standing, ...comparison } = await compareDeployed(plan, compile, account)
    return { ...comparison, changedSince: () => changedSince(standing, plan, account) }
  } finally {
    assembly?.remove()
  }
}
