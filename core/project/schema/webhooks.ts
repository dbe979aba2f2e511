import * as z from 'zod'
import type { CredentialTypeName } from '../../credentials/types.ts'
import { flag, oneOf, text, texts } from './fields.ts'

/** What each provider signs with, and the filters a trigger may set on its events. */
export const webhookProviders = {
  github: {
    secret: 'github_webhook_secret',
    filters: ['events', 'actions', 'repos', 'org', 'orgs', 'labels', 'assignee', 'author', 'branches', 'conclusions'],
  },
  sentry: { secret: 'sentry_client_secret', filters: ['resources'] },
  linear: {
    secret: 'linear_webhook_secret',
    filters: ['events', 'actions', 'organizations', 'labels', 'assignee', 'author'],
  },
  mintlify: {
    secret: 'mintlify_webhook_secret',
    filters: ['events', 'actions', 'projects', 'repos', 'branches'],
  },
  test: { secret: undefined, filters: ['events', 'actions', 'repos'] },
} as const satisfies Record<
  string,
  { readonly secret: CredentialTypeName | undefined; readonly filters: readonly string[] }
>

export type WebhookProvider = keyof typeof webhookProviders

export const webhookSourceSchema = z.strictObject({
  type: oneOf(Object.keys(webhookProviders) as [WebhookProvider, ...WebhookProvider[]]),
  credential: text("the instance name of the provider's secret").optional(),
  allowUnsigned: flag().optional(),
})

const list = () => texts().optional()
const one = () => text().optional()

/** The filters of all providers; which of them a source takes is checked once its type is known. */
export const filtersSchema = z.strictObject({
  events: list(),
  actions: list(),
  repos: list(),
  org: one(),
  orgs: list(),
  organizations: list(),
  projects: list(),
  labels: list(),
  assignee: one(),
  author: one(),
  branches: list(),
  conclusions: list(),
  resources: list(),
})

export const triggerSchema = filtersSchema.extend({ source: text('the name of a source in [webhooks]') })
export type Trigger = z.output<typeof triggerSchema>
export type Filters = z.output<typeof filtersSchema>
