import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, link, lstat, mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { SecretReader } from '../gateway/options.ts'

/** One field of a credential, by name. */
export interface FieldName {
  readonly type: string
  readonly instance: string
  readonly field: string
}

/** The credentials of this user: a file of plain text per field, which nobody else may read. */
export interface CredentialStore {
  /** Where a field lies, for messages. Throws a RangeError for a name that would lead elsewhere. */
  pathOf(name: FieldName): string
  /** The value without the white space around it; nothing when it is absent or empty. Throws when it cannot be read. */
  read(name: FieldName): Promise<string | undefined>
  /** Replaces the value in one step; `exclusive` leaves one that is there. Returns whether it was written. */
  write(name: FieldName, value: string, options?: { readonly exclusive?: boolean }): Promise<boolean>
  /** Removes one field, or with all of its fields a whole credential. Returns whether there was anything. */
  remove(name: Omit<FieldName, 'field'> & { readonly field?: string }): Promise<boolean>
  /** What is stored, by name; never a value. */
  list(): Promise<FieldName[]>
}

/** `AL_CREDENTIALS_HOME`, else `~/.action-llama/credentials`. */
export const credentialsHome = (env: Readonly<Record<string, string | undefined>> = process.env): string =>
  env.AL_CREDENTIALS_HOME || join(homedir(), '.action-llama', 'credentials')

/** The store in a directory, as 0.13 laid it out: `<type>/<instance>/<field>`, directories 0700, files 0600. */
export function credentialStore(directory: string = credentialsHome()): CredentialStore {
  const pathOf = ({ type, instance, field }: FieldName) => {
    for (const part of [type, instance, field])
      if (!isName(part)) throw new RangeError(`${part} cannot be a file's name`)
    return join(directory, type, instance, field)
  }
  return {
    pathOf,
    async read(name) {
      return await readTrimmed(pathOf(name))
    },
    async write(name, value, { exclusive = false } = {}) {
      const path = pathOf(name)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      for (const inside of [join(directory, name.type), dirname(path)]) {
        await refuseLink(inside)
        await chmod(inside, 0o700)
      }
      // Under a name of its own first: who reads meanwhile finds the old value or the new one, never a half.
      const draft = `${path}.${randomUUID()}`
      try {
        await writeFile(draft, `${value.trim()}\n`, { mode: 0o600, flag: 'wx' })
        if (exclusive) await link(draft, path)
        else await rename(draft, path)
        await chmod(path, 0o600)
        return true
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false
        throw error
      } finally {
        await rm(draft, { force: true })
      }
    },
    async remove({ type, instance, field }) {
      const path = pathOf({ type, instance, field: field ?? 'any' })
      const home = join(directory, type)
      await refuseLink(home)
      // A link in the place of a credential is removed itself, not what it leads to.
      if (field !== undefined) await refuseLink(dirname(path))
      const target = field === undefined ? dirname(path) : path
      if (!(await isThere(target))) return false
      await rm(target, { recursive: true })
      for (const empty of [dirname(path), home]) await rmdir(empty).catch(ignoreFull)
      return true
    },
    async list() {
      const found: FieldName[] = []
      for (const type of await names(directory, 'directory')) {
        for (const instance of await names(join(directory, type), 'directory')) {
          for (const field of await names(join(directory, type, instance), 'file')) {
            if (!draftName.test(field)) found.push({ type, instance, field })
          }
        }
      }
      return found
    },
  }
}

/** A directory of the store that is a link leads to files that are none of the store's. */
async function refuseLink(path: string): Promise<void> {
  const found = await lstat(path).catch(absentIsNothing)
  if (found?.isSymbolicLink()) throw new RangeError(`${path} is a link, which may lead out of the store; remove it`)
}

const isThere = async (path: string): Promise<boolean> => (await lstat(path).catch(absentIsNothing)) !== undefined

function absentIsNothing(error: unknown): undefined {
  if (!isAbsent(error)) throw error
}

/** A directory that still has something in it stays, and so does nothing where there is nothing. */
function ignoreFull(error: unknown): void {
  if (!isAbsent(error) && !['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error
}

const isName = (part: string): boolean => /^[^/\\\0]+$/.test(part) && part !== '.' && part !== '..'

/** What a write that was cut off has left. */
const draftName = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The gateway's secrets, whose ids are `type/instance/field`. A file is read again when it has changed. */
export function secretsOf(store: CredentialStore): SecretReader {
  const known = new Map<string, { readonly version: string; readonly value: string | undefined }>()
  const read = async (id: string) => {
    const [type = '', instance = '', field = ''] = id.split('/')
    const path = store.pathOf({ type, instance, field })
    const version = await versionOf(path)
    if (version === undefined) return undefined
    const before = known.get(id)
    if (before?.version === version) return before.value
    const value = await store.read({ type, instance, field })
    known.set(id, { version, value })
    return value
  }
  return { read, refresh: read }
}

export const gatewayKey: FieldName = { type: 'gateway_api_key', instance: 'default', field: 'key' }

/** The key of the control routes; made when there is none yet. Hosts that start at the same moment agree on one. */
export async function ensureGatewayKey(
  store: CredentialStore,
): Promise<{ readonly key: string; readonly made: boolean }> {
  const stored = await store.read(gatewayKey)
  if (stored !== undefined) return { key: stored, made: false }
  const key = randomBytes(32).toString('base64url')
  if (await store.write(gatewayKey, key, { exclusive: true })) return { key, made: true }
  const other = await store.read(gatewayKey)
  if (other !== undefined) return { key: other, made: false }
  // A file that is there and empty is no key.
  await store.write(gatewayKey, key)
  return { key, made: true }
}

async function readTrimmed(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim() || undefined
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true })
    return `${ino} ${size} ${mtimeNs}`
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

async function names(directory: string, kind: 'file' | 'directory'): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true })
    const wanted = entries.filter((entry) => (kind === 'file' ? entry.isFile() : entry.isDirectory()))
    return wanted.map(({ name }) => name).sort()
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

const isAbsent = (error: unknown): boolean => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
