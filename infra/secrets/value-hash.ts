import { type ScryptOptions, scrypt } from 'node:crypto'

/** About 30 ms each: a tag can be read by more people than the value, and a user name is soon guessed. */
const cost: ScryptOptions = { N: 2 ** 14, r: 8, p: 1 }

/**
 * What a value is recognised by. It is salted with the secret's id, so that equal values of two secrets do not look alike.
 */
export const hashOf = (id: string, value: string): Promise<string> =>
  new Promise((resolve, reject) => {
    scrypt(value, `al:${id}`, 32, cost, (error, key) => (error ? reject(error) : resolve(key.toString('base64url'))))
  })

/** The hash of the value, and which version of the secret it is of: a later one was written by somebody else. */
export const hashTag = 'al:hash'
export const versionTag = 'al:version'

/** Which project and environment has made the secret, by the prefix of its names; absent if al has not. */
export const createdBy = 'al:created-by'

export const knownHash = (tags: Readonly<Record<string, string>>, version: string | undefined): string | undefined =>
  version !== undefined && tags[versionTag] === version ? tags[hashTag] : undefined
