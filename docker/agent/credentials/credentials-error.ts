/** Credentials that cannot be had. The message names them, where they were looked for and what to do; never a value. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError'
}
