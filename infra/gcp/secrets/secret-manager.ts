import { quotesValue } from '../../secrets/quotes-value.ts'
import type { SecretStore, StoredSecret } from '../../secrets/secret-store.ts'
import { createdBy, hashOf, hashTag, knownHash, versionTag } from '../../secrets/value-hash.ts'
import type { GoogleAccount } from '../account.ts'
import { answered, type GoogleAnswer } from '../google-api.ts'
import { GoogleFailure } from '../google-failure.ts'
import { annotationOf, tagsOf } from './annotations.ts'

interface Secret {
  readonly name: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly etag?: string
}

interface Version {
  readonly name: string
  readonly state: 'ENABLED' | 'DISABLED' | 'DESTROYED'
}

type Tags = StoredSecret['tags']

/** How often a change of annotations is tried again when somebody else has changed the secret in between. */
const rounds = 5

/**
 * Google Secret Manager: a secret per id, the newest version is its value. Tags are annotations, since labels cannot hold a
 * hash. Of secrets that al has made, earlier versions are destroyed once there is a new one: nothing old can be read, and
 * each version that is kept costs as much as a secret.
 */
export function secretManager({
  api,
  project,
  region,
}: Pick<GoogleAccount, 'api' | 'project' | 'region'>): SecretStore {
  const parent = `https://secretmanager.googleapis.com/v1/projects/${project}/secrets`
  const secretAt = (id: string) => `${parent}/${encodeURIComponent(id)}`

  const found = async (id: string) => (await answered(api('GET', secretAt(id)))) as Secret | undefined

  /** Its number; nothing while there is none that can be read. */
  async function newestVersion(id: string): Promise<string | undefined> {
    const version = (await answered(api('GET', `${secretAt(id)}/versions/latest`))) as Version | undefined
    return version?.state === 'ENABLED' ? numberOf(version) : undefined
  }

  /** Reads the annotations, and writes what becomes of them, unless somebody else has written meanwhile: then again. */
  async function annotate(id: string, change: (tags: Tags) => Tags): Promise<void> {
    for (let left = rounds; ; left--) {
      const secret = await found(id)
      if (secret === undefined) throw new GoogleFailure('service', `secret ${id} is gone`)
      const body = { etag: secret.etag, annotations: toAnnotations(change(tagsOf(secret.annotations))) }
      const answer = await api('PATCH', `${secretAt(id)}?updateMask=annotations`, { body })
      if (answer.status < 300) return
      if (!isConflict(answer) || left === 0) throw answer.failure()
    }
  }

  async function make(id: string, tags: Tags): Promise<void> {
    const url = `${parent}?secretId=${encodeURIComponent(id)}`
    const body = (replication: unknown) => ({ replication, annotations: toAnnotations(tags) })
    // Made twice, it is there: 409.
    const repeatable = true
    const answer = await api('POST', url, { body: body({ automatic: {} }), repeatable })
    // An organisation may allow certain regions alone.
    if (answer.status >= 400 && /resourceLocations|violates constraint/.test(answer.text)) {
      const replicas = [{ location: region }]
      await answered(api('POST', url, { body: body({ userManaged: { replicas } }), repeatable }), [409])
    } else if (answer.status >= 400 && answer.status !== 409) throw answer.failure()
  }

  /** Answers the number of the version. Added twice, the earlier one goes with those before. */
  async function addVersion(id: string, value: string): Promise<number> {
    const data = Buffer.from(value).toString('base64')
    const answer = await api('POST', `${secretAt(id)}:addVersion`, { body: { payload: { data } }, repeatable: true })
    if (answer.status < 300) return Number(numberOf(answer.body as unknown as Version))
    const failure = answer.failure()
    if (!quotesValue(answer.text, value) && !quotesValue(answer.text, data)) throw failure
    throw new GoogleFailure(
      failure.reason,
      `Google refused the value of ${id} (what it says is left out: it quotes it)`,
    )
  }

  async function destroyBefore(id: string, number: number): Promise<void> {
    for await (const version of pages<Version>(`${secretAt(id)}/versions?pageSize=250`, 'versions')) {
      const old = Number(numberOf(version))
      if (old >= number || version.state === 'DESTROYED') continue
      const answer = await api('POST', `${secretAt(id)}/versions/${old}:destroy`, { body: {}, repeatable: true })
      // Somebody else, or a call of ours whose answer was lost, has destroyed it.
      if (answer.status >= 400 && answer.status !== 400 && answer.status !== 404) throw answer.failure()
    }
  }

  async function* pages<Item>(url: string, key: string): AsyncGenerator<Item> {
    let token: unknown
    do {
      const page = await answered(api('GET', token === undefined ? url : `${url}&pageToken=${token}`))
      yield* (page?.[key] ?? []) as Item[]
      token = page?.nextPageToken || undefined
    } while (token !== undefined)
  }

  return {
    name: 'Google Secret Manager',
    async describe(id) {
      const secret = await found(id)
      const version = secret && (await newestVersion(id))
      if (secret === undefined || version === undefined) return undefined
      const tags = tagsOf(secret.annotations)
      return { hash: knownHash(tags, version), tags }
    },
    async read(id) {
      const answer = await api('GET', `${secretAt(id)}/versions/latest:access`)
      // The newest version may be disabled, or destroyed.
      if (answer.status === 404 || isPrecondition(answer)) return undefined
      if (answer.status >= 400) throw answer.failure()
      const { data } = (answer.body.payload ?? {}) as { readonly data?: string }
      return data === undefined ? '' : Buffer.from(data, 'base64').toString('utf8')
    },
    async write(id, value, { tags = {}, tagsIfNew = {} } = {}) {
      const [hash, secret] = await Promise.all([hashOf(id, value), found(id)])
      if (secret === undefined) await make(id, { ...tagsIfNew, ...tags })
      const isOurs = secret === undefined || createdBy in tagsOf(secret.annotations)
      const number = await addVersion(id, value)
      // Before the hash is written: cut off in between, the next push does it.
      if (isOurs) await destroyBefore(id, number)
      await annotate(id, (before) => ({ ...before, ...tags, [hashTag]: hash, [versionTag]: String(number) }))
    },
    tag: (id, tags) => annotate(id, (before) => ({ ...before, ...tags })),
    untag: (id, keys) =>
      annotate(id, (before) => Object.fromEntries(Object.entries(before).filter(([key]) => !keys.includes(key)))),
    async tagged(key) {
      const all: { id: string; tags: Tags }[] = []
      for await (const { name, annotations } of pages<Secret>(`${parent}?pageSize=1000`, 'secrets')) {
        const tags = tagsOf(annotations)
        if (key in tags) all.push({ id: name.slice(name.lastIndexOf('/') + 1), tags })
      }
      return all
    },
    async remove(id) {
      await answered(api('DELETE', secretAt(id)))
    },
  }
}

const toAnnotations = (tags: Tags) =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [annotationOf(key), value]))

const numberOf = ({ name }: Version): string => name.slice(name.lastIndexOf('/') + 1)

const codeOf = ({ body }: GoogleAnswer): unknown => (body.error as { readonly status?: unknown } | undefined)?.status

const isPrecondition = (answer: GoogleAnswer): boolean =>
  answer.status === 412 || (answer.status === 400 && codeOf(answer) === 'FAILED_PRECONDITION')

/** The etag was of an earlier state. Source: AIP-154, and what the service answered before it. */
const isConflict = (answer: GoogleAnswer): boolean => answer.status === 409 || isPrecondition(answer)
