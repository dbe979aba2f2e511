import type { CredentialTypeName } from './types.ts'

/** The largest value, in bytes: what one secret of a cloud's secret store can hold. */
export const largestValue = 65_536

type Rule = (value: string) => string | undefined

const begins =
  (...prefixes: readonly string[]): Rule =>
  (value) =>
    prefixes.some((one) => value.startsWith(one)) ? undefined : `it begins with ${prefixes.join(' or ')}`
const privateKey: Rule = (value) =>
  /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?)-----[\s\S]*\n-----END \1-----/.test(value)
    ? undefined
    : 'it is the whole file, from its line "-----BEGIN … PRIVATE KEY-----" to the one that begins with "-----END"'
const length =
  (least: number, most: number, what: string): Rule =>
  (value) =>
    value.length >= least && value.length <= most ? undefined : what

/** What a credential of a provider looks like, where all of its credentials look alike. */
const rules: Readonly<Partial<Record<CredentialTypeName, Readonly<Record<string, Rule>>>>> = {
  anthropic_key: { token: begins('sk-ant-') },
  openai_key: { token: begins('sk-') },
  groq_key: { token: begins('gsk_') },
  xai_key: { token: begins('xai-') },
  openrouter_key: { token: begins('sk-or-') },
  git_ssh: {
    id_rsa: privateKey,
    email: (value) => (/^[^\s@]+@[^\s@]+$/.test(value) ? undefined : 'it is an address such as bot@example.com'),
  },
  vps_ssh: { private_key: privateKey },
  cloudflare_origin_cert: { private_key: privateKey },
  linear_webhook_secret: { secret: length(8, largestValue, 'it has 8 characters at least') },
  aws: {
    access_key_id: length(16, 128, 'it has 16 to 128 characters'),
    secret_access_key: length(40, largestValue, 'it has 40 characters at least'),
  },
}

const severalLines = new Set(['id_rsa', 'private_key', 'certificate'])

/**
 * What is wrong with the text of a field, by its look alone; nothing if it is right. `anyLook` asks only for what the store
 * and an HTTP header can hold, for keys of proxies and servers that take any text. The answer never repeats the value.
 */
export function valueProblem(
  type: CredentialTypeName,
  field: string,
  value: string,
  { anyLook = false }: { readonly anyLook?: boolean } = {},
): string | undefined {
  const text = value.trim()
  if (text === '') return 'it is empty'
  if (new TextEncoder().encode(text).length > largestValue) return `it is larger than ${largestValue} bytes`
  if (text.includes('\0')) return 'it has a character that no environment variable can hold'
  if (!severalLines.has(field) && /[\r\n]/.test(text)) return 'it is one line'
  // A name of a person may have blanks and letters of any language; what goes into a header may not.
  if (!openFields.has(field) && !severalLines.has(field) && /[^\x20-\x7e]/.test(text)) {
    return 'it has only letters, digits and signs of ASCII'
  }
  return anyLook ? undefined : rules[type]?.[field]?.(text)
}

const openFields = new Set(['username', 'email', 'password', 'user_agent'])
