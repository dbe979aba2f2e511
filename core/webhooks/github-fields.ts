import type { Fields } from './context.ts'
import { at, firstText, labelNames, objectOf } from './json.ts'

/**
 * What a GitHub event is about, found by shape rather than by a list of event types: a payload names the thing that
 * happened after the event (`release`, `check_run`), or after the thing it belongs to (`issue_comment` has an `issue`).
 * Events GitHub adds later are read the same way.
 */
const subjects = [
  'issue',
  'pull_request',
  'discussion',
  'alert',
  'workflow_run',
  'check_run',
  'check_suite',
  'deployment',
  'release',
  'forkee',
  'team',
  'member',
]

/** Objects that nearly every payload has, and which say nothing of the event. */
const surroundings = new Set(['repository', 'organization', 'enterprise', 'installation', 'sender', 'changes'])

/** Events whose payload has no object of its own, or one that says less than what lies around it. */
const exceptions = new Map<string, (payload: unknown) => Fields>([
  [
    'push',
    (payload) => ({
      title: at(payload, 'head_commit', 'message'),
      url: at(payload, 'compare'),
      author: firstText(at(payload, 'head_commit', 'author', 'username'), at(payload, 'pusher', 'name')),
    }),
  ],
  [
    'status',
    (payload) => ({
      title: at(payload, 'context'),
      body: at(payload, 'description'),
      url: firstText(at(payload, 'target_url'), at(payload, 'commit', 'html_url')),
      author: at(payload, 'commit', 'author', 'login'),
      branch: at(payload, 'branches', 0, 'name'),
      conclusion: settled(at(payload, 'state')),
    }),
  ],
  ['create', createdRef],
  ['delete', createdRef],
  ['gollum', (payload) => ({ title: at(payload, 'pages', 0, 'title'), url: at(payload, 'pages', 0, 'html_url') })],
  ['workflow_dispatch', (payload) => ({ title: at(payload, 'workflow') })],
  ['repository_dispatch', (payload) => ({ branch: at(payload, 'branch') })],
  ['repository_import', (payload) => ({ conclusion: at(payload, 'status') })],
  ['deployment_status', (payload) => ({ conclusion: settled(at(payload, 'deployment_status', 'state')) })],
  // The head is a branch of the queue's own making; the base is the one that people name.
  ['merge_group', (payload) => ({ branch: branchOf(at(payload, 'merge_group', 'base_ref')) })],
])

/**
 * Number, title, text, URL, author, assignee, labels, branch, conclusion and comment of a GitHub event, as far as its
 * payload has them. Reads a bounded number of properties, however large the payload.
 */
export function githubFields(event: string, payload: unknown): Fields {
  const subject = subjectOf(event, payload)
  const detail = detailOf(event, payload)
  const about = (...path: readonly (string | number)[]) => at(subject, ...path)
  const special = exceptions.get(event)?.(payload) ?? {}
  const title = firstText(
    special.title,
    about('title'),
    about('full_name'),
    about('name'),
    about('tag_name'),
    about('rule', 'description'),
    about('security_advisory', 'summary'),
    about('affected_package_name'),
    about('secret_type_display_name'),
    about('head_commit', 'message'),
    about('login'),
    about('description'),
    about('note'),
    about('environment'),
    at(payload, 'action'),
    event,
  )
  const text = firstText(
    special.body,
    about('body'),
    about('output', 'summary'),
    about('description'),
    about('most_recent_instance', 'message', 'text'),
    about('security_advisory', 'description'),
    about('error', 'message'),
  )
  return {
    title,
    number: numberOf(subject, payload),
    body: text === title ? undefined : text,
    url: firstText(
      special.url,
      at(detail, 'html_url'),
      about('html_url'),
      about('target_url'),
      about('log_url'),
      commitUrl(subject, payload),
      at(payload, 'repository', 'html_url'),
    ),
    author: firstText(
      special.author,
      ...['user', 'author', 'creator', 'actor'].map((role) => about(role, 'login')),
      subject === undefined ? at(detail, 'user', 'login') : undefined,
    ),
    assignee: about('assignee', 'login'),
    labels: labelNames(about('labels')),
    branch: firstText(
      special.branch,
      about('head', 'ref'),
      about('head_branch'),
      about('check_suite', 'head_branch'),
      branchOf(firstText(about('ref'), at(payload, 'deployment', 'ref'), at(payload, 'ref'))),
    ),
    conclusion: firstText(special.conclusion, about('conclusion')),
    comment: firstText(at(detail, 'body'), at(payload, 'comment')),
  }
}

function subjectOf(event: string, payload: unknown): unknown {
  for (const key of [event, ...subjects]) {
    const found = objectOf(at(payload, key))
    if (found !== undefined) return found
  }
  if (exceptions.has(event)) return undefined
  let looked = 0
  for (const key in objectOf(payload)) {
    if (looked++ === 50) return undefined
    if (surroundings.has(key) || key === 'comment') continue
    const found = objectOf(at(payload, key))
    if (firstText(at(found, 'title'), at(found, 'name'), at(found, 'html_url')) !== undefined) return found
  }
  return undefined
}

/** What was said about the subject: its URL is the event's, its text the comment. */
function detailOf(event: string, payload: unknown): unknown {
  return (
    objectOf(at(payload, 'comment')) ??
    objectOf(at(payload, 'review')) ??
    (event === 'discussion' ? objectOf(at(payload, 'answer')) : undefined)
  )
}

/** The number of the subject; of a run or a check, that of the first pull request it belongs to. */
function numberOf(subject: unknown, payload: unknown): unknown {
  return (
    at(subject, 'number') ??
    at(subject, 'pull_requests', 0, 'number') ??
    at(subject, 'check_suite', 'pull_requests', 0, 'number') ??
    at(payload, 'number')
  )
}

const sha = /^[0-9a-f]{40,64}$/

/** Check suites, deployments and merge groups have no page; the commit they are about has. */
function commitUrl(subject: unknown, payload: unknown): string | undefined {
  const commit = firstText(at(subject, 'head_sha'), at(subject, 'sha'), at(payload, 'deployment', 'sha'))
  const page = at(payload, 'repository', 'html_url')
  return commit !== undefined && sha.test(commit) && typeof page === 'string' ? `${page}/commit/${commit}` : undefined
}

/** A ref without `refs/heads/`; tags keep theirs, so that no branch filter takes a tag for a branch. A commit is none. */
function branchOf(ref: unknown): string | undefined {
  if (typeof ref !== 'string' || sha.test(ref)) return undefined
  return ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : ref
}

/** `create` and `delete` name the ref without its prefix and its kind apart. */
function createdRef(payload: unknown): Fields {
  const ref = at(payload, 'ref')
  if (typeof ref !== 'string') return {}
  return { title: ref, branch: at(payload, 'ref_type') === 'branch' ? ref : `refs/tags/${ref}` }
}

/** A state of a commit or a deployment once it can no longer change; `pending` and the like are no conclusion. */
function settled(state: unknown): unknown {
  return state === 'success' || state === 'failure' || state === 'error' ? state : undefined
}
