import { toContext } from './context.ts'
import { at, firstText } from './json.ts'
import type { Provider } from './provider.ts'
import { isSignedWith } from './signature.ts'

/** Mintlify's builds. It documents neither headers nor payload; both spellings of the header are taken. `repo` is the project. */
export const mintlify: Provider = {
  verify: (body, header, secret) =>
    isSignedWith(body, header('x-mintlify-signature') ?? header('mintlify-signature'), secret),

  deliveryId: () => undefined,

  parse(payload, _header, receivedAt) {
    const get = (...path: readonly string[]) => at(payload, ...path)
    const action = firstText(get('action'), get('status'))
    if (action === undefined) return { ignored: 'the payload has neither action nor status' }
    const failed = action === 'failed' || action === 'failure'
    const succeeded = action === 'succeeded' || action === 'success'
    const error = firstText(get('error'))
    const text = firstText(get('message'), error, get('description'))
    const explained = text === error ? '' : `\n\n${text}`
    return toContext(
      {
        source: 'mintlify',
        event: firstText(get('event')) ?? 'build',
        action,
        repo: firstText(get('project'), get('organization')) ?? 'unknown',
        title: firstText(get('title')) ?? `Build ${action}`,
        body: failed && error !== undefined ? `The build failed: ${error}${explained}` : text,
        url: firstText(get('url'), get('build_url'), get('logs_url')),
        branch: firstText(get('branch'), get('git', 'branch')) ?? 'main',
        conclusion: failed ? 'failure' : succeeded ? 'success' : undefined,
        sender: firstText(get('user', 'email'), get('user', 'name')) ?? 'mintlify',
        timestamp: get('timestamp'),
      },
      receivedAt,
    )
  },
}
