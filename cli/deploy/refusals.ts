import type { Plan } from '../../core/plan/schema.ts'
import { exitCodes, UserError } from '../errors.ts'

/**
 * Webhook sources without a signature are open to anybody who finds their address. So they answer everything with 401;
 * deploying one is refused, since whoever configured it believes that it works.
 */
export function refuseOpenWebhooks({ webhooks }: Pick<Plan, 'webhooks'>): void {
  const open = webhooks.filter(({ secret, unsigned }) => secret === undefined && unsigned === 'refused')
  if (open.length === 0) return
  const names = open.map(({ source }) => `"${source}"`).join(', ')
  throw new UserError(
    `webhook ${open.length === 1 ? 'source' : 'sources'} ${names} would answer 401 to everything: give each a credential in [webhooks.<source>], or allowUnsigned = true if anybody may start its agents`,
    exitCodes.configuration,
  )
}
