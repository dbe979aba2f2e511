import { iamPolicies } from '../policies.ts'
import { googleError, notFound, pageOf, serviceOf, type World } from '../service.ts'

type Json = Readonly<Record<string, unknown>>

interface FakeObject {
  readonly content: Buffer
  readonly generation: number
  readonly contentType: string
}

/** Buckets by name, and what is in them by `BUCKET/NAME`. Uploads in one request (`uploadType=media`) only. */
export function cloudStorage({ number }: World) {
  const buckets = new Map<string, Json>()
  const objects = new Map<string, FakeObject>()
  const policies = iamPolicies()
  let generation = 0
  const shown = (bucket: string, name: string, { content, generation, contentType }: FakeObject) => ({
    kind: 'storage#object',
    bucket,
    name,
    contentType,
    size: String(content.length),
    generation: String(generation),
    updated: '2026-11-20T10:00:00.000Z',
  })
  const put = (bucket: string, name: string, content: string | Buffer, contentType = 'application/octet-stream') => {
    const object = { content: Buffer.from(content), generation: ++generation, contentType }
    objects.set(`${bucket}/${name}`, object)
    return shown(bucket, name, object)
  }
  const one = '/storage/v1/b/{bucket}/o/{name}'
  return {
    buckets,
    objects,
    /** By the name of a bucket. */
    policies,
    put,
    /** The text of an object; nothing if it is not there. */
    text: (bucket: string, name: string) => objects.get(`${bucket}/${name}`)?.content.toString('utf8'),
    service: serviceOf('storage.googleapis.com', {
      'POST /storage/v1/b': (_, { json }) => {
        const { name } = json as { name: string }
        if (buckets.has(name)) return googleError(409, 'Your previous request to create the named bucket succeeded.')
        buckets.set(name, { ...(json as Json), kind: 'storage#bucket', projectNumber: number })
        return { body: buckets.get(name) }
      },
      'GET /storage/v1/b/{bucket}': ({ bucket = '' }) => {
        const found = buckets.get(bucket)
        return found === undefined ? notFound('The specified bucket') : { body: found }
      },
      'PATCH /storage/v1/b/{bucket}': ({ bucket = '' }, { json }) => {
        const found = buckets.get(bucket)
        if (found === undefined) return notFound('The specified bucket')
        buckets.set(bucket, { ...found, ...(json as Json) })
        return { body: buckets.get(bucket) }
      },
      'DELETE /storage/v1/b/{bucket}': ({ bucket = '' }) =>
        buckets.delete(bucket) ? { status: 204 } : notFound('The specified bucket'),
      'GET /storage/v1/b/{bucket}/iam': ({ bucket = '' }) =>
        buckets.has(bucket) ? policies.answerGet(bucket) : notFound('The specified bucket'),
      'PUT /storage/v1/b/{bucket}/iam': ({ bucket = '' }, { json }) =>
        buckets.has(bucket) ? policies.answerSet(bucket, { policy: json }) : notFound('The specified bucket'),
      'GET /storage/v1/b/{bucket}/o': ({ bucket = '' }, { query }) => {
        if (!buckets.has(bucket)) return notFound('The specified bucket')
        const start = `${bucket}/${query.get('prefix') ?? ''}`
        const found = [...objects]
          .filter(([key]) => key.startsWith(start))
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, object]) => shown(bucket, key.slice(bucket.length + 1), object))
        const { items, next } = pageOf(found, query, 1000)
        return { body: { kind: 'storage#objects', items, ...next } }
      },
      'POST /upload/storage/v1/b/{bucket}/o': ({ bucket = '' }, { query, body }) => {
        const name = query.get('name')
        if (query.get('uploadType') !== 'media' || name === null) return googleError(400, 'only uploadType=media')
        if (!buckets.has(bucket)) return notFound('The specified bucket')
        const known = objects.get(`${bucket}/${name}`)
        const wanted = query.get('ifGenerationMatch')
        if (wanted !== null && wanted !== String(known?.generation ?? 0)) return googleError(412, 'conditionNotMet')
        return { body: put(bucket, name, body) }
      },
      [`GET ${one}`]: ({ bucket = '', name = '' }, { query }) => {
        const found = objects.get(`${bucket}/${name}`)
        if (found === undefined) return notFound(`No such object: ${bucket}/${name}`)
        return query.get('alt') === 'media' ? { raw: found.content } : { body: shown(bucket, name, found) }
      },
      [`DELETE ${one}`]: ({ bucket = '', name = '' }) =>
        objects.delete(`${bucket}/${name}`) ? { status: 204 } : notFound(`No such object: ${bucket}/${name}`),
    }),
  }
}
