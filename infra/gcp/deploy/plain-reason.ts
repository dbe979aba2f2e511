/**
 * What Google's provider says of a failed call, in plain words and on one line: its own error is the whole JSON of the
 * answer, with the reason somewhere in it. What is not known stays as it was, cut.
 */
export function plainReason(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  const said = saidByGoogle(line)
  for (const [pattern, words] of known) {
    const found = pattern.exec(line)
    if (found !== null) return words(found, said)
  }
  return said.length > longest ? `${said.slice(0, longest)}…` : said
}

const longest = 600

type Words = (found: RegExpExecArray, said: string) => string

const known: readonly (readonly [RegExp, Words])[] = [
  [
    /([a-z]+\.googleapis\.com)\S* (?:has not been used|is disabled)|SERVICE_DISABLED.*?"service": "([a-z.]+)"|API \[?([a-z]+\.googleapis\.com)\]? (?:not enabled|has not been)/,
    (found) => {
      const api = found[1] ?? found[2] ?? found[3] ?? ''
      return `the API ${api} is not enabled: gcloud services enable ${api}; it takes a minute or two to count`
    },
  ],
  [
    /Permission ['"]?([a-z][\w]*(?:\.\w+)+)['"]? (?:denied|is required)|(?:missing|lacks|does not have) (?:the )?(?:required )?(?:permissions? )?['"]?([a-z]\w*\.\w+\.\w+)/i,
    (found, said) => `the identity that deploys needs the permission ${found[1] ?? found[2]} (${said})`,
  ],
  [
    /permitted customer|allowedPolicyMember/,
    (_, said) =>
      `a policy of the organization (domain restricted sharing: iam.allowedPolicyMemberDomains or iam.managed.allowedPolicyMembers) forbids what senders of webhooks and agents need: that everybody may call the gateway; an administrator has to except this project from it (${said})`,
  ],
  [
    /billing(?: account)?\b.{0,60}?(?:is )?(?:not (?:found|enabled|open)|disabled|closed)|BILLING_DISABLED/i,
    (_, said) => `billing is off for the Google Cloud project: link a billing account in the console (${said})`,
  ],
  [
    /Quota exceeded|quotaExceeded|RESOURCE_EXHAUSTED|rateLimitExceeded/i,
    (_, said) => `a quota is used up: ask for more under IAM & Admin, Quotas, or try again later (${said})`,
  ],
  [
    /already exists|alreadyExists|Error 409/i,
    (_, said) => `there is one of this name already that this stack does not know: remove or rename it (${said})`,
  ],
]

/** `… googleapi: Error 403: Permission denied, forbidden` → `Permission denied`. */
const saidByGoogle = (line: string): string =>
  (
    /googleapi: Error \d+: (.*?)(?:, [a-zA-Z]+$| Details: .*$|$)/.exec(line)?.[1] ?? line.replace(/^.*?error: /, '')
  ).trim()
