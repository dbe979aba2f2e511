/** Images cannot be made or put where the cloud takes them from, for a reason outside of them. The message says what to change. */
export class PublishError extends Error {
  override readonly name = 'PublishError'
}
