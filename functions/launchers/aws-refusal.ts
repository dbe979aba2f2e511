import type { LaunchAnswer, LaunchOrder } from '../../core/scheduler/launcher.ts'
import { asAnswer, verdictOf } from './aws-requests.ts'
import { mayBeOfThePast } from './early-denial.ts'

const accessDenied = new Set(['AccessDenied', 'AccessDeniedException'])

/**
 * Turns an error of a launch into the launcher's answer, in words for whoever looks at the run. Throws it when something
 * may have started.
 */
export function refusalOf(error: unknown, what: string, order: LaunchOrder): LaunchAnswer {
  const verdict = verdictOf(error)
  if (verdict === 'unclear') throw error
  const { name, message } = asAnswer(error)
  const early = mayBeOfThePast(order) && accessDenied.has(name)
  if (verdict === 'later' || early) return { kind: 'refused', why: `${what}: ${name}` }
  return { kind: 'failed', why: advice(name, what) ?? `${what}: ${name}: ${message.replaceAll(order.ticket, '…')}` }
}

function advice(name: string, what: string): string | undefined {
  switch (name) {
    case 'ResourceNotFoundException':
    case 'ClientException':
      return `${what} does not exist; deploy the project again`
    case 'ClusterNotFoundException':
      return `the cluster of ${what} does not exist; deploy the project again, or check cloud.ecsCluster`
    case 'AccessDenied':
    case 'AccessDeniedException':
      return `starting ${what} is not permitted; deploy the project again, or ask who restricts this account`
    default:
      return undefined
  }
}
