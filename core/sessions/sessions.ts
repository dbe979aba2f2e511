import { hash } from 'node:crypto'
import { putAlone } from '../scheduler/put-alone.ts'
import { hashOf, newSecret } from '../scheduler/run.ts'
import { type Decision, settle } from '../scheduler/settle.ts'
import type { World } from '../scheduler/world.ts'
import { absent, type Key, type Write } from '../store.ts'

/** Milliseconds that a session of the dashboard lasts, however much it is used; and that a login link is good for. */
export const sessionTime = 24 * 3600_000
const linkTime = 10 * 60_000
/** Seconds for which an ended session or used link is still kept: the store cannot delete an item sooner. */
const remembered = 3600

/** A session as the store keeps it: under the hash of its id, so that reading the store is not enough to use it. */
interface Session {
  /** Epoch milliseconds. */
  readonly until: number
  /** Binds it to the key that was in force when it began: another key ends it. */
  readonly key: string
}

interface Link {
  readonly until: number
}

/**
 * Begins a session of the dashboard for somebody who has proven to have `key`, or was handed a login link. Returns its id:
 * 32 random bytes, which stand nowhere but in the browser's cookie.
 */
export async function openSession(world: World, key: string): Promise<string> {
  const id = newSecret(world.random)
  const session: Session = { until: world.clock.now() + sessionTime, key: boundTo(id, key) }
  await putAlone(world, put(world, sessionKey(id), session))
  return id
}

/** Whether there is such a session, it has not expired or been closed, and the key is still the one it began under. */
export async function isSessionOpen(world: World, id: string, key: string): Promise<boolean> {
  const [snapshot] = await world.store.get([sessionKey(id)])
  const session = snapshot?.data as Session | undefined
  return session !== undefined && world.clock.now() < session.until && session.key === boundTo(id, key)
}

/** Ends a session, if there is one. */
export async function closeSession(world: World, id: string): Promise<void> {
  const key = sessionKey(id)
  await settle(world, async (): Promise<Decision<void>> => {
    const [snapshot] = await world.store.get([key])
    if (snapshot?.data === undefined) return { answer: undefined }
    // A delete never goes alone: if its answer were lost, nothing could be read back.
    const closed: Session = { ...(snapshot.data as Session), until: 0 }
    return { writes: [{ ...put(world, key, closed), expected: snapshot.expected }], answer: undefined }
  })
}

/** Makes a code that opens one session, once, within `linkTime`: for whoever sits at the terminal of a local host. */
export async function offerLogin(world: World): Promise<string> {
  const code = Buffer.from(world.random(16)).toString('base64url')
  const link: Link = { until: world.clock.now() + linkTime }
  await putAlone(world, put(world, linkKey(code), link))
  return code
}

/** Whether a code is one that `offerLogin` made, that is still good and that nobody has used. It is used up by asking. */
export async function takeLogin(world: World, code: string): Promise<boolean> {
  const key = linkKey(code)
  const [snapshot] = await world.store.get([key])
  const link = snapshot?.data as Link | undefined
  if (snapshot === undefined || link === undefined || link.until <= world.clock.now()) return false
  // Of two that come at once one finds the item changed.
  const used: Link = { until: 0 }
  return (await world.store.commit([{ ...put(world, key, used), expected: snapshot.expected }])) === 'ok'
}

const sessionKey = (id: string): Key => ({ pk: `session#${hashOf(id)}`, sk: '-' })

const linkKey = (code: string): Key => ({ pk: `login#${hashOf(code)}`, sk: '-' })

/** Hashed with the id, which is not stored, so that reading the store does not help to guess the key. */
const boundTo = (id: string, key: string): string => hash('sha256', `${id} ${key}`)

const put = ({ clock }: World, key: Key, data: Session | Link): Write => ({
  kind: 'put',
  key,
  expected: absent,
  data,
  expiresAt: Math.ceil(Math.max(clock.now(), data.until) / 1000) + remembered,
})
