import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CredentialSource } from './credential.ts'

/**
 * Files `<directory>/<type>/<instance>/<field>`. Nothing when there is no such directory or it is empty, unless it is
 * `named`: whoever said that the credentials are in it does not mean another place.
 */
export async function volume(directory: string, named: boolean): Promise<CredentialSource | undefined> {
  const entries = named || (await readdir(directory).catch(absent))?.length
  if (!entries) return undefined
  const place: CredentialSource['place'] = ({ type, instance, field }) => join(directory, type, instance, field)
  return {
    name: 'volume',
    place,
    read: (secret, signal) => readFile(place(secret), { encoding: 'utf8', signal }).catch(absent),
  }
}

/** A directory, or a file on the way, is not the file that was looked for. Not being allowed to read it is an error. */
function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === undefined || !['ENOENT', 'ENOTDIR', 'EISDIR'].includes(error.code)) throw error
}
