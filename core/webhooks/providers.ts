import type { WebhookProvider } from '../project/schema/webhooks.ts'
import { github } from './github.ts'
import { linear } from './linear.ts'
import { mintlify } from './mintlify.ts'
import type { Provider } from './provider.ts'
import { sentry } from './sentry.ts'
import { testProvider } from './test-provider.ts'

/** The port's implementations, by the `type` of a source. */
export const providers: Readonly<Record<WebhookProvider, Provider>> = {
  github,
  sentry,
  linear,
  mintlify,
  test: testProvider,
}
