import type { LaunchAnswer } from '../../core/scheduler/launcher.ts'
import { asAnswer, verdictOf } from './aws-requests.ts'

/**
 * An error of a launch as the answer it is, in words for whoever looks at the run. Throws it when something may have
 * started.
 */
export function refusalOf(error: unknown, what: string, ticket: string): LaunchAnswer {
  const verdict = verdictOf(error)
  if (verdict === 'unclear') throw error
  const { name, message } = asAnswer(error)
  if (verdict === 'later') return { kind: 'refused', why: `${what}: ${name}` }
  return { kind: 'failed', why: advice(name, what) ?? `${what}: ${name}: ${message.replaceAll(ticket, '…')}` }
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
