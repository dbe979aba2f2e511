import { type Fields, toContext } from './context.ts'
import { at, firstText } from './json.ts'
import type { Provider } from './provider.ts'
import { isSignedWith } from './signature.ts'

/**
 * Sentry's integration platform (https://docs.sentry.io/organization/integrations/integration-platform/webhooks). The
 * resource, in a header, is the event.
 */
export const sentry: Provider = {
  verify: (body, header, secret) => isSignedWith(body, header('sentry-hook-signature'), secret),

  deliveryId: (header) => header('request-id'),

  parse(payload, header, receivedAt) {
    const event = firstText(header('sentry-hook-resource'))
    if (event === undefined) return { ignored: 'the header Sentry-Hook-Resource is missing' }
    const action = at(payload, 'action')
    return toContext(
      {
        source: 'sentry',
        event,
        action,
        title: firstText(action, event),
        sender: firstText(at(payload, 'actor', 'name'), at(payload, 'actor', 'type')),
        ...resources.get(event)?.(at(payload, 'data')),
      },
      receivedAt,
    )
  },
}

const resources = new Map<string, (data: unknown) => Fields>([
  [
    'event_alert',
    (data) => ({ ...titled(at(data, 'event')), repo: at(data, 'triggered_rule'), body: at(data, 'event', 'message') }),
  ],
  [
    'metric_alert',
    (data) => ({
      repo: at(data, 'metric_alert', 'organization', 'slug'),
      title: firstText(at(data, 'metric_alert', 'title'), at(data, 'description_title')),
      url: firstText(at(data, 'metric_alert', 'web_url'), at(data, 'web_url')),
    }),
  ],
  [
    'issue',
    (data) => ({
      ...titled(at(data, 'issue')),
      repo: at(data, 'issue', 'project', 'slug'),
      assignee: at(data, 'issue', 'assignedTo', 'name'),
    }),
  ],
  [
    'error',
    (data) => ({
      ...titled(at(data, 'error')),
      repo: at(data, 'error', 'project', 'slug'),
      body: at(data, 'error', 'message'),
    }),
  ],
  [
    'comment',
    (data) => ({
      ...titled(at(data, 'issue')),
      repo: firstText(at(data, 'issue', 'project', 'slug'), at(data, 'project_slug')),
      comment: firstText(at(data, 'comment', 'text'), at(data, 'comment')),
    }),
  ],
])

function titled(subject: unknown): Fields {
  return { title: at(subject, 'title'), url: at(subject, 'web_url') }
}
