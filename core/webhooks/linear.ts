import { type Fields, toContext } from './context.ts'
import { at, firstText, labelNames } from './json.ts'
import type { Provider } from './provider.ts'
import { isSignedWith } from './signature.ts'

/** How far the time Linear signed may be from ours, either way. Linear's own SDK refuses beyond the same minute. */
const tolerance = 60_000

/**
 * Linear (https://linear.app/developers/webhooks). Issues and comments are called as on GitHub, `issues` and
 * `issue_comment`; other types by their name in lower case. `repo` is the organisation's id.
 */
export const linear: Provider = {
  verify: (body, header, secret) => isSignedWith(body, header('linear-signature'), secret),

  deliveryId: (header) => header('linear-delivery'),

  fresh(payload, receivedAt) {
    const sentAt = at(payload, 'webhookTimestamp')
    return typeof sentAt === 'number' && Math.abs(receivedAt.getTime() - sentAt) <= tolerance
  },

  parse(payload, _header, receivedAt) {
    const type = firstText(at(payload, 'type'))
    const action = firstText(at(payload, 'action'))
    const repo = firstText(at(payload, 'organizationId'), at(payload, 'data', 'team', 'organization', 'id'))
    if (type === undefined) return { ignored: 'the payload has no type' }
    if (action === undefined) return { ignored: 'the payload has no action' }
    if (repo === undefined) return { ignored: 'the payload names no organization' }
    const data = at(payload, 'data')
    const page = at(payload, 'url')
    return toContext(
      { source: 'linear', action, repo, sender: senderOf(payload), ...eventOf(type, data, page) },
      receivedAt,
    )
  },
}

function eventOf(type: string, data: unknown, page: unknown): Fields & { event: string } {
  if (type === 'Issue') {
    return {
      event: 'issues',
      ...issue(data),
      body: at(data, 'description'),
      url: firstText(at(data, 'url'), page),
      assignee: at(data, 'assignee', 'email'),
    }
  }
  if (type === 'Comment') {
    return {
      event: 'issue_comment',
      ...issue(at(data, 'issue')),
      url: firstText(at(data, 'url'), at(data, 'issue', 'url'), page),
      comment: at(data, 'body'),
    }
  }
  return {
    // Only the start: lower case of a long text is work, and the name is cut anyway.
    event: type.slice(0, 1_000).toLowerCase(),
    title: firstText(at(data, 'title'), at(data, 'name')),
    url: firstText(at(data, 'url'), page),
  }
}

function issue(data: unknown): Fields {
  return {
    number: at(data, 'number'),
    title: at(data, 'title'),
    author: at(data, 'creator', 'email'),
    labels: labelNames(at(data, 'labels')),
  }
}

function senderOf(payload: unknown): string | undefined {
  const data = at(payload, 'data')
  return firstText(
    at(payload, 'createdBy', 'email'),
    at(data, 'createdBy', 'email'),
    at(payload, 'updatedBy', 'email'),
    at(data, 'updatedBy', 'email'),
    at(payload, 'actor', 'email'),
    at(payload, 'actor', 'name'),
  )
}
