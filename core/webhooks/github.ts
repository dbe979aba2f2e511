import { toContext } from './context.ts'
import { githubFields } from './github-fields.ts'
import { at, firstText } from './json.ts'
import type { Provider } from './provider.ts'
import { isSignedWith } from './signature.ts'

/**
 * GitHub (https://docs.github.com/webhooks). The event's name is in a header, which is not signed. Events of an
 * organisation without a repository have the organisation as `repo`, so that `org` filters find them and `repos` filters
 * do not; those of an app or a user are ignored.
 */
export const github: Provider = {
  verify(body, header, secret) {
    const signature = header('x-hub-signature-256')
    return signature?.startsWith('sha256=') === true && isSignedWith(body, signature.slice('sha256='.length), secret)
  },

  deliveryId: (header) => header('x-github-delivery'),

  parse(payload, header, receivedAt) {
    const event = firstText(header('x-github-event'))
    if (event === undefined) return { ignored: 'the header X-GitHub-Event is missing' }
    if (event === 'ping') return { ignored: 'a ping only says that the webhook was set up' }
    const repo = firstText(at(payload, 'repository', 'full_name'), at(payload, 'organization', 'login'))
    if (repo === undefined) return { ignored: `the event ${JSON.stringify(event)} names no repository or organization` }
    return toContext(
      {
        source: 'github',
        event,
        action: at(payload, 'action'),
        repo,
        sender: at(payload, 'sender', 'login'),
        ...githubFields(event, payload),
      },
      receivedAt,
    )
  },
}
