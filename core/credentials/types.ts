/**
 * The built-in credential types: what a user stores, who may see it, and what an agent finds in its environment.
 *
 * Exposure decides which identity may read a credential:
 * - `agent`: agents that list it (or whose model needs it);
 * - `gateway`: the secrets that webhook signatures are checked with; no agent ever sees them;
 * - `gateway-operator`: the gateway and the operator's CLI, which shares the key with it;
 * - `operator`: the operator's machine only; it never reaches a cloud.
 */
export type Exposure = 'agent' | 'gateway' | 'gateway-operator' | 'operator'

export interface CredentialType {
  readonly label: string
  readonly exposure: Exposure
  /** Field name → the environment variables an agent finds its value in. */
  readonly fields: Readonly<Record<string, readonly string[]>>
  /** Fields that may be absent from the store. */
  readonly optional?: readonly string[]
}

const modelKey = (label: string): CredentialType => ({ label, exposure: 'agent', fields: { token: [] } })
const webhookSecret = (label: string): CredentialType => ({ label, exposure: 'gateway', fields: { secret: [] } })

export const credentialTypes = {
  github_token: {
    label: 'GitHub Personal Access Token',
    exposure: 'agent',
    fields: { token: ['GITHUB_TOKEN', 'GH_TOKEN'] },
  },
  git_ssh: {
    label: 'SSH Key & Git Identity',
    exposure: 'agent',
    fields: {
      id_rsa: [],
      username: ['GIT_AUTHOR_NAME', 'GIT_COMMITTER_NAME'],
      email: ['GIT_AUTHOR_EMAIL', 'GIT_COMMITTER_EMAIL'],
    },
    // Without a key it is the identity of commits; what pushes them is a `github_token`.
    optional: ['id_rsa'],
  },
  anthropic_key: modelKey('Anthropic API Credential'),
  openai_key: modelKey('OpenAI API Credential'),
  groq_key: modelKey('Groq API Credential'),
  google_key: modelKey('Google AI API Credential'),
  xai_key: modelKey('xAI API Credential'),
  mistral_key: modelKey('Mistral AI API Credential'),
  openrouter_key: modelKey('OpenRouter API Credential'),
  custom_key: modelKey('Custom LLM Provider API Credential'),
  sentry_token: { label: 'Sentry Auth Token', exposure: 'agent', fields: { token: ['SENTRY_AUTH_TOKEN'] } },
  linear_token: { label: 'Linear Personal API Token', exposure: 'agent', fields: { token: ['LINEAR_API_TOKEN'] } },
  linear_oauth: {
    label: 'Linear OAuth2 Token',
    exposure: 'agent',
    fields: {
      client_id: ['LINEAR_CLIENT_ID'],
      client_secret: ['LINEAR_CLIENT_SECRET'],
      access_token: ['LINEAR_ACCESS_TOKEN'],
      refresh_token: ['LINEAR_REFRESH_TOKEN'],
    },
    optional: ['refresh_token'],
  },
  netlify_token: {
    label: 'Netlify Personal Access Token',
    exposure: 'agent',
    fields: { token: ['NETLIFY_AUTH_TOKEN'] },
  },
  bugsnag_token: { label: 'Bugsnag Auth Token', exposure: 'agent', fields: { token: ['BUGSNAG_AUTH_TOKEN'] } },
  x_twitter_api: {
    label: 'X (Twitter) API Credentials',
    exposure: 'agent',
    fields: {
      api_key: ['X_API_KEY'],
      api_secret: ['X_API_SECRET'],
      bearer_token: ['X_BEARER_TOKEN'],
      access_token: ['X_ACCESS_TOKEN'],
      access_token_secret: ['X_ACCESS_TOKEN_SECRET'],
    },
    optional: ['access_token', 'access_token_secret'],
  },
  reddit_oauth: {
    label: 'Reddit OAuth2 Credentials',
    exposure: 'agent',
    fields: {
      client_id: ['REDDIT_CLIENT_ID'],
      client_secret: ['REDDIT_CLIENT_SECRET'],
      username: ['REDDIT_USERNAME'],
      password: ['REDDIT_PASSWORD'],
      user_agent: ['REDDIT_USER_AGENT'],
    },
  },
  mintlify_token: { label: 'Mintlify API Token', exposure: 'agent', fields: { token: ['MINTLIFY_API_TOKEN'] } },
  vultr_api_key: { label: 'Vultr API Key', exposure: 'agent', fields: { api_key: ['VULTR_API_KEY'] } },
  hetzner_api_key: { label: 'Hetzner API Key', exposure: 'agent', fields: { api_key: ['HETZNER_API_KEY'] } },
  cloudflare_api_token: {
    label: 'Cloudflare API Token',
    exposure: 'agent',
    fields: { api_token: ['CLOUDFLARE_API_TOKEN'] },
  },
  aws: {
    label: 'AWS Credentials',
    exposure: 'agent',
    fields: {
      access_key_id: ['AWS_ACCESS_KEY_ID'],
      secret_access_key: ['AWS_SECRET_ACCESS_KEY'],
      default_region: ['AWS_DEFAULT_REGION'],
    },
    optional: ['default_region'],
  },
  github_webhook_secret: webhookSecret('GitHub Webhook Secret'),
  sentry_client_secret: webhookSecret('Sentry Client Secret'),
  linear_webhook_secret: webhookSecret('Linear Webhook Secret'),
  mintlify_webhook_secret: webhookSecret('Mintlify Webhook Secret'),
  gateway_api_key: { label: 'Gateway API Key', exposure: 'gateway-operator', fields: { key: [] } },
  vps_ssh: { label: 'VPS SSH Key', exposure: 'operator', fields: { private_key: [], public_key: [] } },
  cloudflare_origin_cert: {
    label: 'Cloudflare Origin Certificate',
    exposure: 'operator',
    fields: { certificate: [], private_key: [] },
  },
} as const satisfies Record<string, CredentialType>

export type CredentialTypeName = keyof typeof credentialTypes

/** The type of that name, or nothing. Own names only: `constructor` is no credential type. */
export function credentialType(name: string): CredentialType | undefined {
  return Object.hasOwn(credentialTypes, name) ? credentialTypes[name as CredentialTypeName] : undefined
}
