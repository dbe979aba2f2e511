import { type CredentialTypeName, credentialType } from '../credentials/types.ts'
import type { Handout } from '../plan/decisions.ts'
import { block } from './block.ts'

/**
 * What an agent does with a credential it lists. Types that are not here are none of its business: keys of models, which
 * the harness uses, and what only gateway or operator may read.
 */
const uses: Readonly<Partial<Record<CredentialTypeName, string>>> = {
  github_token: '`git` over HTTPS, `gh` or `curl` for the GitHub API',
  git_ssh: '`git` over SSH, the key is set up; prefer clone URLs like git@github.com:owner/repo.git',
  sentry_token: '`curl` for the Sentry API',
  linear_token: '`curl` for the Linear GraphQL API',
  linear_oauth: '`curl` for the Linear GraphQL API',
  bugsnag_token: '`curl` for the Bugsnag API',
  netlify_token: '`netlify`, or `curl` for the Netlify API',
  mintlify_token: '`curl` for the Mintlify API',
  x_twitter_api: '`curl` for the X API',
  reddit_oauth: '`curl` for the Reddit API',
  aws: '`aws` and AWS SDKs',
  vultr_api_key: '`curl` for the Vultr API',
  hetzner_api_key: '`curl` for the Hetzner API',
  cloudflare_api_token: '`curl` for the Cloudflare API',
}

/** The credentials an agent lists, a line per type: its variables, and what to use it with. Nothing if there is none. */
export function credentialContext(secrets: Handout['secrets']): string | undefined {
  const types = new Set(secrets.filter(({ why }) => why === 'listed').map(({ type }) => type))
  const lines = [...types].flatMap((type) => {
    const use = Object.hasOwn(uses, type) ? uses[type as CredentialTypeName] : undefined
    return use === undefined ? [] : [`- ${type}: ${[...variablesOf(type), use].join(', ')}`]
  })
  if (lines.length === 0) return undefined
  return block('credential-context', ['Ready to use in your shell:', ...lines].join('\n'))
}

function variablesOf(type: string): string[] {
  const { fields = {}, optional = [] } = credentialType(type) ?? {}
  return Object.entries(fields).flatMap(([field, names]) =>
    names.map((name) => (optional.includes(field) ? `$${name} (if set)` : `$${name}`)),
  )
}
