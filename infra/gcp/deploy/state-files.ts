import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { GoogleAccount } from '../account.ts'
import { answered } from '../google-api.ts'
import type { StackPlace } from '../stack-place.ts'
import type { Lock } from './deploy-failure.ts'

/** What Pulumi keeps, as far as al looks at it itself. Of a backend that is not known here there is nothing to see. */
export interface StateFiles {
  /** Who updates a stack now, or has gone without taking the lock along. */
  locks(place: StackPlace): Promise<Lock[]>
  /** Takes a lock away whose holder is gone: this one, and none that was taken meanwhile. */
  unlock(lock: Lock): Promise<void>
  /** Whether a stack is there; of a backend that cannot be seen into, whether one may be. */
  hasStack(place: StackPlace): Promise<boolean>
  /** Whether any stack is kept there. */
  hasStacks(): Promise<boolean>
  /** What a stack has made; nothing where there is no such stack. */
  resources(place: StackPlace): Promise<readonly KeptResource[] | undefined>
}

/** A resource as Pulumi has made it. Source: `ResourceV3` of Pulumi's `apitype`. */
export interface KeptResource {
  readonly urn: string
  readonly type: string
  readonly id?: string
  readonly inputs?: Readonly<Record<string, unknown>>
  readonly outputs?: Readonly<Record<string, unknown>>
  /** Replaced, and to be removed by the next update. */
  readonly delete?: boolean
}

interface Checkpoint {
  readonly checkpoint?: { readonly latest?: { readonly resources?: readonly KeptResource[] } }
}

const storage = 'https://storage.googleapis.com/storage/v1/b'
const stacks = '.pulumi/stacks/'

export function stateFiles(url: string, { api }: Pick<GoogleAccount, 'api'>): StateFiles {
  const files = url.startsWith('gs://') ? inBucket(url, api) : url.startsWith('file:') ? inDirectory(url) : nowhere
  return {
    async locks({ locks }) {
      // A directory keeps attributes beside each file.
      const names = (await files.list(locks)).filter((name) => name.endsWith('.json'))
      const found = await Promise.all(names.map(async (name) => lockIn(name, await files.read(name))))
      return found.flatMap((lock) => lock ?? [])
    },
    async unlock({ name }) {
      if (name !== undefined) await files.remove(name)
    },
    hasStack: async ({ object }) => files === nowhere || (await files.list(object)).includes(object),
    async hasStacks() {
      return (await files.list(stacks)).some((name) => name.endsWith('.json'))
    },
    async resources({ object }) {
      const text = await files.read(object)
      if (text === undefined) return undefined
      const { checkpoint } = JSON.parse(text) as Checkpoint
      return (checkpoint?.latest?.resources ?? []).filter((one) => one.delete !== true)
    },
  }
}

interface Files {
  list(prefix: string): Promise<string[]>
  read(name: string): Promise<string | undefined>
  remove(name: string): Promise<void>
}

const nowhere: Files = { list: async () => [], read: async () => undefined, remove: async () => {} }

function inBucket(url: string, api: GoogleAccount['api']): Files {
  const [bucket = '', ...path] = url.slice('gs://'.length).split('/')
  const start = path.length === 0 || path[0] === '' ? '' : `${path.join('/')}/`
  return {
    async list(prefix) {
      const names: string[] = []
      for (let page: string | undefined = ''; page !== undefined; ) {
        const query = new URLSearchParams({ prefix: start + prefix, ...(page !== '' && { pageToken: page }) })
        const body = (await answered(api('GET', `${storage}/${bucket}/o?${query}`))) as ObjectList | undefined
        names.push(...(body?.items ?? []).map(({ name }) => name.slice(start.length)))
        page = body?.nextPageToken
      }
      return names
    },
    async read(name) {
      const answer = await api('GET', `${storage}/${bucket}/o/${encodeURIComponent(start + name)}?alt=media`)
      if (answer.status === 404) return undefined
      if (answer.status >= 300) throw answer.failure()
      return answer.text
    },
    async remove(name) {
      await answered(api('DELETE', `${storage}/${bucket}/o/${encodeURIComponent(start + name)}`))
    },
  }
}

interface ObjectList {
  readonly items?: readonly { readonly name: string }[]
  readonly nextPageToken?: string
}

function inDirectory(url: string): Files {
  const root = url.startsWith('file://~') ? undefined : fileURLToPath(url)
  if (root === undefined) return nowhere
  return {
    async list(prefix) {
      const directory = join(root, prefix.slice(0, prefix.lastIndexOf('/')))
      if (!existsSync(directory)) return []
      return readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
        .filter((name) => name.startsWith(prefix))
    },
    async read(name) {
      return existsSync(join(root, name)) ? readFileSync(join(root, name), 'utf8') : undefined
    },
    async remove(name) {
      for (const one of [name, `${name}.attrs`]) rmSync(join(root, one), { force: true })
    },
  }
}

/** Source: `lockContent` of Pulumi's own backends. */
function lockIn(name: string, text: string | undefined): Lock | undefined {
  if (text === undefined) return undefined
  const { pid, username, hostname, timestamp } = JSON.parse(text) as Partial<Record<string, string | number>>
  return { name, who: `${username}@${hostname}`, host: String(hostname), pid: Number(pid), since: String(timestamp) }
}
