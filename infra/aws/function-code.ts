import type { Plan } from '../../core/plan/schema.ts'
import { bundle } from '../bundles.ts'
import type { FileTree } from '../images/file-tree.ts'
import { planFiles } from '../plan-files.ts'

/**
 * The code of the two functions, and the plan's files with it: both decide, the gateway alone hands out. One agent more or
 * less changes these two assets and nothing else of the control plane.
 */
export async function functionCode(plan: Plan): Promise<{ gateway: FileTree; scheduler: FileTree }> {
  const [gateway, scheduler] = await Promise.all([bundle('functions/aws/gateway'), bundle('functions/aws/scheduler')])
  const { decisions, handouts } = planFiles(plan)
  return {
    gateway: new Map([...gateway, ...decisions, ...handouts]),
    scheduler: new Map([...scheduler, ...decisions]),
  }
}
