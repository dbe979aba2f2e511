/** What a store tells about a secret without its value. */
export interface StoredSecret {
  /** `hashOf` the value, as this tool wrote it; absent if it was not the last to write it. */
  readonly hash?: string
  readonly tags: Readonly<Record<string, string>>
}

export interface WriteOptions {
  /** Put on the secret in any case. */
  readonly tags?: Readonly<Record<string, string>>
  /** Put on it only if this makes it. */
  readonly tagsIfNew?: Readonly<Record<string, string>>
}

/**
 * The secret store of a cloud, by the ids of the plan. Every method throws the cloud's failure in plain words, or the
 * service's own error; neither ever holds a value.
 */
export interface SecretStore {
  /** For people: `AWS Secrets Manager`, `Google Secret Manager`. */
  readonly name: string
  /** Without reading the value; nothing if it is not stored. One that is marked for deletion is not stored. */
  describe(id: string): Promise<StoredSecret | undefined>
  /** The value; nothing if it is not stored. */
  read(id: string): Promise<string | undefined>
  /** Stores a value, encrypted, and the tags that tell it again. Cut off in between, it reads as written by somebody else. */
  write(id: string, value: string, options?: WriteOptions): Promise<void>
  tag(id: string, tags: Readonly<Record<string, string>>): Promise<void>
  untag(id: string, keys: readonly string[]): Promise<void>
  /** Secrets that have a tag, whatever its value, by id. What was written in the last minutes may be missing. */
  tagged(key: string): Promise<readonly { readonly id: string; readonly tags: StoredSecret['tags'] }[]>
  /** AWS Secrets Manager keeps it for another seven days, in which a write takes it back; elsewhere it is gone. */
  remove(id: string): Promise<void>
}
