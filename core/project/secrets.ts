/** The marker alone is a thing to write about; with base64 or a header behind it, it is a key. */
const privateKey =
  /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr])+(?:(?:Proc-Type|Version|Comment|Hash):|[A-Za-z0-9+/=]{40})/

/**
 * Strings that are secrets by their look. Two places lean on this: a message never quotes such a value, and a project
 * file that holds one is refused, because everything in a project file ends in a plan, an asset or a prompt.
 */
const patterns: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'a GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{22,})/ },
  { what: 'an Anthropic key', pattern: /\bsk-ant-[A-Za-z0-9_-]{8,}/ },
  {
    what: 'an OpenAI or OpenRouter key',
    pattern: /\bsk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}|or-v1-[A-Za-z0-9]{20,}|[A-Za-z0-9]{20,})/,
  },
  { what: 'a Groq key', pattern: /\bgsk_[A-Za-z0-9]{20,}/ },
  { what: 'an xAI key', pattern: /\bxai-[A-Za-z0-9]{20,}/ },
  { what: 'a Google API key', pattern: /\bAIza[A-Za-z0-9_-]{30,}/ },
  { what: 'an AWS access key', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/ },
  { what: 'a Slack token', pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/ },
  { what: 'a Sentry token', pattern: /\bsntr[yu]s_[A-Za-z0-9+/=_-]{20,}/ },
  { what: 'a Linear key', pattern: /\blin_(?:api|oauth|wh)_[A-Za-z0-9]{20,}/ },
  { what: 'a GitLab token', pattern: /\bglpat-[A-Za-z0-9_-]{20,}/ },
  { what: 'an npm token', pattern: /\bnpm_[A-Za-z0-9]{36}/ },
  { what: 'a Stripe key', pattern: /\b[rs]k_live_[A-Za-z0-9]{16,}/ },
  { what: 'a Slack webhook', pattern: /\bhooks\.slack\.com\/services\/T[A-Z0-9]+\/B[A-Z0-9]+\/[A-Za-z0-9]{16,}/ },
  { what: 'a private key', pattern: privateKey },
  // `${…}` and `<…>` are placeholders. Bounded, since a text of a megabyte is searched.
  {
    what: 'a URL with a password',
    pattern: /[a-z0-9+.-]:\/\/[^\s/:@$<]{0,100}:(?!password@|x{3,}@|\*+@)[^\s/@$<]{1,200}@/i,
  },
]

/** What kind of secret a text holds, or nothing. */
export function secretIn(text: string): string | undefined {
  return patterns.find(({ pattern }) => pattern.test(text))?.what
}

/** Header names whose value is a secret whatever it looks like. */
export const isSecretHeader = (name: string): boolean =>
  /^(?:proxy-)?authorization$|cookie|token|secret|password|api[-_]?key|(?:^|[-_])key$|(?:^|[-_])auth(?:$|[-_])/i.test(
    name,
  )
