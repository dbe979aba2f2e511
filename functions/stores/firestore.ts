import { randomUUID } from 'node:crypto'
import { absent, checkWrites, type Expected, type Item, type Key, type Store, type Write } from '../../core/store.ts'
import { endOfPrefix, toId, toKey } from './firestore-ids.ts'
import {
  type Document,
  FirestoreError,
  firestoreRest,
  type Precondition,
  type RestOptions,
  type RestWrite,
} from './firestore-rest.ts'

export interface FirestoreOptions extends RestOptions {
  /** Epoch milliseconds. */
  readonly now?: () => number
}

/** Documents of one answer of a query: with the largest items that is 30 MB, with those of a live partition 0.1 MB. */
const page = 100

/** Statuses that mean: an expectation did not hold, or somebody else was writing. */
const contended = new Set(['FAILED_PRECONDITION', 'ALREADY_EXISTS', 'NOT_FOUND', 'ABORTED'])

/**
 * The store of Google Cloud: Firestore in native mode, over its REST API with plain `fetch`. No client library, because
 * three calls are needed and the gateway's cold start matters. Its reads are strongly consistent; a commit is one request
 * with a precondition for each document, not a transaction, which would hold locks over two round trips.
 *
 *   p/{pk}/i/{sk}      version    the id of the commit that wrote it, to recognise our own after a lost answer
 *                      data       JSON text: maps of Firestore hold no list of lists and refuse some names of fields
 *                      expiresAt  a timestamp, for the TTL policy; only on what expires
 *
 * None of the fields needs an index: exempt the collection group `i`, or a write makes up to six entries. Where
 * `FIRESTORE_EMULATOR_HOST` is set, that is used. Throws FirestoreError for what trying again does not help.
 */
export function firestoreStore({ now = Date.now, ...options }: FirestoreOptions): Store {
  const rest = firestoreRest(options)
  const partition = (pk: string) => `${rest.documents}/p/${toId(pk)}`
  const name = ({ pk, sk }: Key) => `${partition(pk)}/i/${toId(sk)}`
  const isGone = ({ fields }: Document) => {
    const expiresAt = fields?.expiresAt?.timestampValue
    return expiresAt !== undefined && Date.parse(expiresAt) <= now()
  }

  /** Whether it was our commit after all: it may have happened although the answer was lost, or was to an attempt after it. */
  async function settle(writes: readonly Write[], version: string): Promise<'ok' | 'conflict'> {
    const put = writes.find(({ kind }) => kind === 'put')
    if (put === undefined) throw new RangeError('a commit of deletes only cannot be settled')
    const document = (await rest.batchGet([name(put.key)])).get(name(put.key))
    return document !== undefined && versionOf(document) === version ? 'ok' : 'conflict'
  }

  return {
    async get(keys) {
      const names = keys.map(name)
      const documents = keys.length === 0 ? new Map<string, Document>() : await rest.batchGet([...new Set(names)])
      return keys.map(({ pk, sk }, i) => {
        const document = documents.get(names[i] ?? '')
        if (document === undefined) return { pk, sk, expected: absent }
        return { pk, sk, expected: expectedOf(document), ...(isGone(document) ? {} : { data: dataOf(document) }) }
      })
    },
    async list(pk, { prefix = '', after = '', limit = Number.POSITIVE_INFINITY } = {}) {
      const items: Item[] = []
      const bound = (op: string, id: string) => ({
        fieldFilter: { field: nameField, op, value: { referenceValue: `${partition(pk)}/i/${id}` } },
      })
      const end = endOfPrefix(prefix)
      const range = [
        ...(prefix === '' ? [] : [bound('GREATER_THAN_OR_EQUAL', toId(prefix))]),
        ...(end === undefined ? [] : [bound('LESS_THAN', end)]),
      ]
      let from = after === '' ? undefined : toId(after)
      // What has expired is filtered here, not by Firestore, which would need an index: a page may give fewer items
      // than it has documents, so after a first one of the size asked for they are full ones.
      for (let size = Math.min(limit, page); items.length < limit; size = page) {
        const filters = from === undefined ? range : [...range, bound('GREATER_THAN', from)]
        const documents = await rest.runQuery(partition(pk), {
          from: [{ collectionId: 'i' }],
          ...(filters.length === 0 ? {} : { where: { compositeFilter: { op: 'AND', filters } } }),
          orderBy: [{ field: nameField }],
          limit: size,
        })
        for (const document of documents) {
          from = document.name.slice(document.name.lastIndexOf('/') + 1)
          if (isGone(document)) continue
          items.push({ pk, sk: toKey(from), expected: expectedOf(document), data: dataOf(document) })
        }
        if (documents.length < size) break
      }
      return items.slice(0, limit)
    },
    async commit(writes) {
      const json = checkWrites(writes)
      const version = randomUUID()
      try {
        await rest.commit(writes.map((write, i) => toRest(write, json[i] ?? 'null', name(write.key), version)))
        return 'ok'
      } catch (error) {
        if (!(error instanceof FirestoreError)) throw error
        if (error.failure === 'refused' && !contended.has(error.status)) throw error
        return settle(writes, version)
      }
    },
    async close() {},
  }
}

const nameField = { fieldPath: '__name__' }

function toRest(write: Write, json: string, name: string, version: string): RestWrite {
  const currentDocument = preconditionOf(write.expected)
  if (write.kind === 'delete') return { delete: name, currentDocument }
  const { expiresAt } = write
  const fields = {
    version: { stringValue: version },
    data: { stringValue: json },
    ...(expiresAt === undefined ? {} : { expiresAt: { timestampValue: new Date(expiresAt * 1000).toISOString() } }),
  }
  return { update: { name, fields }, currentDocument }
}

/**
 * `<update time> <version>`. Firestore can check only the first, which is as good: the times of one document only grow,
 * also over a deletion. The version tells a reader of a log which commit was meant.
 */
function expectedOf(document: Document): Expected {
  return `${document.updateTime} ${versionOf(document)}` as Expected
}

function preconditionOf(expected: Expected): Precondition {
  return expected === absent ? { exists: false } : { updateTime: expected.slice(0, expected.indexOf(' ')) }
}

function versionOf(document: Document): string {
  return text(document, 'version')
}

function dataOf(document: Document): unknown {
  return JSON.parse(text(document, 'data'))
}

function text({ name, fields }: Document, field: string): string {
  const value = fields?.[field]?.stringValue
  if (value === undefined) throw new Error(`${name} has no ${field}: it was not written by al`)
  return value
}
