import { type CredentialTypeName, credentialType } from './types.ts'

/** What a person is told about one field when they are asked for it. */
export interface FieldGuide {
  readonly label: string
  /** Not a secret: what is typed may be shown. */
  readonly open?: boolean
  /** The value has several lines, so it is read from a file. */
  readonly lines?: boolean
}

/** What a person has to know to get hold of a credential. */
export interface Guide {
  readonly about: string
  /** Where the provider hands it out. */
  readonly url?: string
  readonly fields: Readonly<Record<string, FieldGuide>>
  /** Any random value will do, so `al` can make one. */
  readonly random?: boolean
}

const token = (label: string): Guide['fields'] => ({ token: { label } })
const modelKey = (of: string, url: string): Guide => ({
  about: `pays for the models of ${of}`,
  url,
  fields: token('API key'),
})
const webhookSecret = (of: string, url: string): Guide => ({
  about: `signs the webhooks that ${of} sends; type the same text there`,
  url,
  fields: { secret: { label: 'Secret' } },
  random: true,
})

const guides: Readonly<Record<CredentialTypeName, Guide>> = {
  github_token: {
    about:
      'lets agents use GitHub: scopes repo and workflow, or a fine-grained token for the repositories they work in',
    url: 'https://github.com/settings/tokens',
    fields: token('Token'),
  },
  git_ssh: {
    about: 'is who commits, and the key that pushes them; without a key, a github_token pushes',
    url: 'https://github.com/settings/keys',
    fields: {
      username: { label: 'Name of the author of commits', open: true },
      email: { label: 'E-mail address of the author', open: true },
      id_rsa: { label: 'Private key', lines: true },
    },
  },
  anthropic_key: {
    about: 'pays for the models of Anthropic: an API key, or the token of `claude setup-token`',
    url: 'https://console.anthropic.com/settings/keys',
    fields: token('API key or OAuth token'),
  },
  openai_key: modelKey('OpenAI', 'https://platform.openai.com/api-keys'),
  groq_key: modelKey('Groq', 'https://console.groq.com/keys'),
  google_key: modelKey('Google AI', 'https://aistudio.google.com/apikey'),
  xai_key: modelKey('xAI', 'https://console.x.ai'),
  mistral_key: modelKey('Mistral AI', 'https://console.mistral.ai/api-keys'),
  openrouter_key: modelKey('OpenRouter', 'https://openrouter.ai/settings/keys'),
  custom_key: { about: 'is for the server that `baseUrl` of [model] names', fields: token('API key') },
  sentry_token: {
    about: 'lets agents read issues of Sentry: scopes event:read, org:read and project:read',
    url: 'https://sentry.io/settings/account/api/auth-tokens/',
    fields: token('Auth token'),
  },
  linear_token: {
    about: 'lets agents use Linear as you',
    url: 'https://linear.app/settings/account/security',
    fields: token('API key'),
  },
  linear_oauth: {
    about: 'lets agents use Linear as an application',
    url: 'https://linear.app/settings/api/applications',
    fields: {
      client_id: { label: 'Client id', open: true },
      client_secret: { label: 'Client secret' },
      access_token: { label: 'Access token' },
      refresh_token: { label: 'Refresh token' },
    },
  },
  netlify_token: {
    about: 'lets agents use Netlify',
    url: 'https://app.netlify.com/user/applications#personal-access-tokens',
    fields: token('Access token'),
  },
  bugsnag_token: {
    about: 'lets agents read errors of Bugsnag',
    url: 'https://app.bugsnag.com/settings/my-account/auth-tokens',
    fields: token('Auth token'),
  },
  x_twitter_api: {
    about: 'lets agents use X; the two access tokens are for posting as a user',
    url: 'https://developer.x.com/en/portal/dashboard',
    fields: {
      api_key: { label: 'API key' },
      api_secret: { label: 'API secret' },
      bearer_token: { label: 'Bearer token' },
      access_token: { label: 'Access token' },
      access_token_secret: { label: 'Access token secret' },
    },
  },
  reddit_oauth: {
    about: 'lets agents use Reddit as an application of the kind "script"',
    url: 'https://www.reddit.com/prefs/apps',
    fields: {
      client_id: { label: 'Client id', open: true },
      client_secret: { label: 'Client secret' },
      username: { label: 'Username', open: true },
      password: { label: 'Password' },
      user_agent: { label: 'User agent', open: true },
    },
  },
  mintlify_token: {
    about: 'lets agents use the API of Mintlify',
    url: 'https://dashboard.mintlify.com/settings/organization/api-keys',
    fields: token('API key'),
  },
  vultr_api_key: {
    about: 'lets agents use Vultr',
    url: 'https://my.vultr.com/settings/#settingsapi',
    fields: { api_key: { label: 'API key' } },
  },
  hetzner_api_key: {
    about: 'lets agents use Hetzner Cloud: project, security, API tokens',
    url: 'https://console.hetzner.cloud',
    fields: { api_key: { label: 'API key' } },
  },
  cloudflare_api_token: {
    about: 'lets agents use Cloudflare; give it the rights they need, such as editing the DNS of one zone',
    url: 'https://dash.cloudflare.com/profile/api-tokens',
    fields: { api_token: { label: 'API token' } },
  },
  aws: {
    about: 'lets agents use AWS as a user of its own; give that user no more than they need',
    url: 'https://console.aws.amazon.com/iam/home#/users',
    fields: {
      access_key_id: { label: 'Access key id', open: true },
      secret_access_key: { label: 'Secret access key' },
      default_region: { label: 'Default region', open: true },
    },
  },
  github_webhook_secret: webhookSecret('GitHub', 'https://docs.github.com/webhooks/using-webhooks/creating-webhooks'),
  sentry_client_secret: {
    about: 'signs the webhooks that Sentry sends: the client secret of the internal integration',
    url: 'https://sentry.io/settings/developer-settings/',
    fields: { secret: { label: 'Client secret' } },
  },
  linear_webhook_secret: {
    about: 'signs the webhooks that Linear sends: shown with the webhook',
    url: 'https://linear.app/settings/api',
    fields: { secret: { label: 'Signing secret' } },
  },
  mintlify_webhook_secret: webhookSecret('Mintlify', 'https://dashboard.mintlify.com'),
  gateway_api_key: {
    about: 'opens the control routes of the gateway; `al start` and `al doctor -c` make it',
    fields: { key: { label: 'Key' } },
    random: true,
  },
  vps_ssh: {
    about: 'is the key to a server of your own, which serverless targets have no use for',
    fields: { private_key: { label: 'Private key', lines: true }, public_key: { label: 'Public key', open: true } },
  },
  cloudflare_origin_cert: {
    about: 'is the certificate of a server of your own, which serverless targets have no use for',
    fields: { certificate: { label: 'Certificate', lines: true }, private_key: { label: 'Private key', lines: true } },
  },
}

/** What a person is told about a type; its fields stand in the order in which they are asked for. */
export const guideOf = (type: CredentialTypeName): Guide => guides[type]

/** Whether a field may be left out. */
export const isOptionalField = (type: CredentialTypeName, field: string): boolean =>
  (credentialType(type)?.optional ?? []).includes(field)
