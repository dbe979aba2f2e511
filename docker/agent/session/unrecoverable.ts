/** After so many failed tools that look like a wrong credential the session ends: more attempts would only cost. */
export const mostRefusals = 3

/**
 * What remote services say when a credential is missing, wrong or not allowed to do something. A local file that may not be
 * read is not among them: the text has to be one of git, ssh or an HTTP API.
 */
const refusals: readonly RegExp[] = [
  /permission denied \((publickey|password|keyboard-interactive|gssapi)/,
  /could not read from remote repository/,
  /resource not accessible by (personal access token|integration)/,
  /(http|status|message|api|gh|remote|fatal|error)\b[^\n]*\bbad credentials/,
  /\b(fatal|remote|gpg|ssh|git|http|error)\b[^\n]*authentication failed/,
  /the requested url returned error: 40[13]/,
  /permission to \S+ denied to /,
]

/** Whether the output of a failed tool says that a remote service refused the agent's credentials. */
export function isRefusal(output: string): boolean {
  const text = output.toLowerCase()
  return refusals.some((one) => one.test(text))
}
