import { createHash } from 'node:crypto'
import { iamPolicies } from '../policies.ts'
import {
  failedPrecondition,
  type GoogleAnswer,
  googleError,
  notFound,
  pageOf,
  serviceOf,
  type World,
} from '../service.ts'

interface Version {
  readonly value: string
  readonly state: 'ENABLED' | 'DISABLED' | 'DESTROYED'
}

export interface FakeSecret {
  readonly annotations: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly replication: unknown
  readonly versions: readonly Version[]
  readonly changes: number
}

/** Secrets and their versions; by the id of a secret. A destroyed version has no value any more. */
export function secretManager({ project, number }: World) {
  const secrets = new Map<string, FakeSecret>()
  const policies = iamPolicies()
  const nameOf = (id: string, version?: number) =>
    `projects/${number}/secrets/${id}${version === undefined ? '' : `/versions/${version}`}`
  const shown = (id: string, { annotations, labels, replication, changes }: FakeSecret) => ({
    name: nameOf(id),
    createTime: '2026-11-20T10:00:00Z',
    replication,
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(Object.keys(labels).length > 0 && { labels }),
    etag: `"${changes}"`,
  })
  const shownVersion = (id: string, number: number, { state }: Version) => ({
    name: nameOf(id, number),
    createTime: '2026-11-20T10:00:00Z',
    state,
    etag: `"${state}"`,
  })
  const write = (id: string, value: string) => {
    const found = secrets.get(id) ?? empty
    secrets.set(id, { ...found, versions: [...found.versions, { value, state: 'ENABLED' }] })
    return found.versions.length + 1
  }
  const versionOf = (id = '', version = ''): { number: number; version: Version } | undefined => {
    const versions = secrets.get(id)?.versions ?? []
    // `latest` is the newest version whatever its state.
    const number = version === 'latest' ? versions.length : Number(version)
    const found = versions[number - 1]
    return found && { number, version: found }
  }
  const turn = (id: string, version: string, state: Version['state']): GoogleAnswer => {
    const found = versionOf(id, version)
    const secret = secrets.get(id)
    if (found === undefined || secret === undefined) return notFound(`version ${version} of ${id}`)
    if (found.version.state === 'DESTROYED') return failedPrecondition('the version is destroyed')
    const turned = { state, value: state === 'DESTROYED' ? '' : found.version.value }
    secrets.set(id, { ...secret, versions: secret.versions.with(found.number - 1, turned) })
    return { body: shownVersion(id, found.number, turned) }
  }

  const root = '/v1/projects/{project}/secrets'
  const service = serviceOf('secretmanager.googleapis.com', {
    [`GET ${root}`]: (_, { query }) => {
      const [, key] = /^annotations\.?"?([^"=:]+)"?[:=]/.exec(query.get('filter') ?? '') ?? []
      const all = [...secrets].filter(([, { annotations }]) => key === undefined || key in annotations)
      const { items, next } = pageOf(all, query, 25_000)
      return { body: { secrets: items.map(([id, one]) => shown(id, one)), totalSize: all.length, ...next } }
    },
    [`POST ${root}`]: (_, { query, json }) => {
      const id = query.get('secretId') ?? ''
      if (!/^[A-Za-z0-9_-]{1,255}$/.test(id)) return googleError(400, 'the id is not valid')
      if (secrets.has(id)) return googleError(409, `Secret [${nameOf(id)}] already exists.`)
      const made = { ...empty, ...(json as Partial<FakeSecret>) }
      if (made.replication === undefined) return googleError(400, 'replication is required')
      secrets.set(id, made)
      return { body: shown(id, made) }
    },
    [`GET ${root}/{id}`]: ({ id = '' }) => {
      const secret = secrets.get(id)
      return secret === undefined ? notFound(`Secret [${nameOf(id)}]`) : { body: shown(id, secret) }
    },
    [`PATCH ${root}/{id}`]: ({ id = '' }, { query, json }) => {
      const secret = secrets.get(id)
      if (secret === undefined) return notFound(`Secret [${nameOf(id)}]`)
      const { etag, ...change } = json as Partial<FakeSecret> & { readonly etag?: string }
      if (etag !== undefined && etag !== `"${secret.changes}"`) return failedPrecondition('the etag is another one')
      const fields = (query.get('updateMask') ?? '').split(',')
      if (fields.some((field) => field !== 'annotations' && field !== 'labels')) return googleError(400, 'updateMask')
      const size = Object.entries(change.annotations ?? {}).reduce((sum, pair) => sum + pair.join('').length, 0)
      if (size > 16_384) return googleError(400, 'annotations are too large')
      const changed = { ...secret, ...Object.fromEntries(fields.map((field) => [field, {}])), ...change }
      secrets.set(id, { ...changed, changes: secret.changes + 1 })
      return { body: shown(id, { ...changed, changes: secret.changes + 1 }) }
    },
    [`DELETE ${root}/{id}`]: ({ id = '' }) => (secrets.delete(id) ? { body: {} } : notFound(`Secret [${nameOf(id)}]`)),
    [`POST ${root}/{id}:addVersion`]: ({ id = '' }, { json }) => {
      if (!secrets.has(id)) return notFound(`Secret [${nameOf(id)}]`)
      const { payload } = json as { payload: { data: string; dataCrc32c?: string } }
      const number = write(id, Buffer.from(payload.data, 'base64').toString('utf8'))
      return { body: shownVersion(id, number, { value: '', state: 'ENABLED' }) }
    },
    [`GET ${root}/{id}/versions`]: ({ id = '' }, { query }) => {
      const secret = secrets.get(id)
      if (secret === undefined) return notFound(`Secret [${nameOf(id)}]`)
      const wanted = /state[:=](\w+)/.exec(query.get('filter') ?? '')?.[1]
      const all = secret.versions
        .map((version, index) => shownVersion(id, index + 1, version))
        .filter(({ state }) => wanted === undefined || state === wanted)
        .reverse()
      const { items, next } = pageOf(all, query, 25_000)
      return { body: { versions: items, totalSize: all.length, ...next } }
    },
    [`GET ${root}/{id}/versions/{version}`]: ({ id = '', version = '' }) => {
      const found = versionOf(id, version)
      if (found === undefined) return notFound(`Secret [${nameOf(id)}] or its version`)
      return { body: shownVersion(id, found.number, found.version) }
    },
    [`GET ${root}/{id}/versions/{version}:access`]: ({ id = '', version = '' }) => {
      const found = versionOf(id, version)
      if (found === undefined) return notFound(`Secret [${nameOf(id)}] or its version`)
      if (found.version.state !== 'ENABLED') {
        return failedPrecondition(`Secret Version [${nameOf(id, found.number)}] is in ${found.version.state} state.`)
      }
      const data = Buffer.from(found.version.value)
      const dataCrc32c = undefined
      return { body: { name: nameOf(id, found.number), payload: { data: data.toString('base64'), dataCrc32c } } }
    },
    [`POST ${root}/{id}/versions/{version}:destroy`]: ({ id = '', version = '' }) => turn(id, version, 'DESTROYED'),
    [`POST ${root}/{id}/versions/{version}:disable`]: ({ id = '', version = '' }) => turn(id, version, 'DISABLED'),
    [`POST ${root}/{id}/versions/{version}:enable`]: ({ id = '', version = '' }) => turn(id, version, 'ENABLED'),
    [`GET ${root}/{id}:getIamPolicy`]: ({ id = '' }) =>
      secrets.has(id) ? policies.answerGet(id) : notFound(`Secret [${nameOf(id)}]`),
    [`POST ${root}/{id}:setIamPolicy`]: ({ id = '' }, { json }) =>
      secrets.has(id) ? policies.answerSet(id, json) : notFound(`Secret [${nameOf(id)}]`),
  })

  return {
    service,
    secrets,
    /** By the id of a secret. */
    policies,
    /** The newest value; nothing if it is not there, or not to be read. */
    value: (id: string): string | undefined => {
      const newest = secrets.get(id)?.versions.at(-1)
      return newest?.state === 'ENABLED' ? newest.value : undefined
    },
    /** As somebody writes it in the console. */
    put: (id: string, value: string): number => write(id, value),
    /** A fingerprint of all that is stored, for tests that nothing was changed. */
    fingerprint: () =>
      createHash('sha256')
        .update(JSON.stringify([...secrets].map(([id, one]) => [project, id, one])))
        .digest('hex'),
  }
}

const empty: FakeSecret = {
  annotations: {},
  labels: {},
  replication: { automatic: {} },
  versions: [],
  changes: 0,
}
