import { putRun } from '../scheduler/launch.ts'
import { type Run, runId, runKey } from '../scheduler/run.ts'
import { type Nobody, nobody, type Session, standing } from '../scheduler/session.ts'
import { type Decision, settle } from '../scheduler/settle.ts'
import { clockSkew, type World } from '../scheduler/world.ts'
import type { Write } from '../store.ts'
import { asLock, freeLock, type Lock, lockKey, lockPartition, writeLock } from './lock.ts'

/** Bytes of a key in UTF-8. */
export const longestKey = 512
/** The seconds for which a lock may be asked for; the gateway refuses other values. */
export const ttlRange = { min: 1, max: 24 * 3600 } as const

export type Acquired =
  | { readonly kind: 'held'; readonly lock: Lock }
  | { readonly kind: 'taken'; readonly holder: string; readonly heldSince: number }
  /** A run holds one lock at a time: waiting for a second one is how two runs wait for each other. */
  | { readonly kind: 'holds another'; readonly key: string }
  | Nobody

export type Renewed =
  | { readonly kind: 'held'; readonly lock: Lock }
  | { readonly kind: 'taken'; readonly holder: string }
  | { readonly kind: 'absent' }
  | Nobody

export interface LockRequest {
  readonly key: string
  /** Seconds; the project's default when absent. */
  readonly ttl?: number
  /** The fence of the grant that is meant. If the lock has a newer one, that grant was lost. */
  readonly fence?: number
}

/**
 * Takes a lock. Asking again while holding it prolongs it and keeps fence and `heldSince`. An expired lock may be taken
 * by another run a little later, when it has expired by every host's clock.
 */
export async function acquireLock(world: World, session: Session, { key, ttl }: LockRequest): Promise<Acquired> {
  const partition = lockPartition(key)
  return await settle(world, async (): Promise<Decision<Acquired>> => {
    const [runItem, lockItem] = await world.store.get([runKey(session), lockKey(partition)])
    const run = runItem?.data as Run | undefined
    const is = standing(run, session)
    if (runItem === undefined || run === undefined || is !== 'running') return { answer: nobody(is) }
    if (lockItem === undefined) return 'stale'
    const { expected, lock } = asLock(lockItem)
    const now = world.clock.now()
    const id = runId(run)
    const until = now + seconds(world, ttl) * 1000

    if (lock?.holder === id && now < lock.until) {
      const longer = { ...lock, until }
      return { writes: [writeLock(expected, longer)], answer: { kind: 'held', lock: longer } }
    }
    const other = await otherLock(world, run, partition)
    if (other?.lock?.holder === id && now < other.lock.until) {
      return { answer: { kind: 'holds another', key: other.lock.key } }
    }
    if (lock?.holder !== undefined && lock.holder !== id && now < lock.until + clockSkew) {
      return { answer: { kind: 'taken', holder: lock.holder, heldSince: lock.heldSince } }
    }
    const fence = Math.max((lock?.fence ?? 0) + 1, now)
    const granted: Lock = { key, holder: id, fence, heldSince: now, until }
    const writes: Write[] = [
      writeLock(expected, granted),
      // The run is part of the commit: a lock is never granted to a run that is being ended, and the run's end will find
      // this lock.
      putRun({ ...run, lock: partition }, runItem.expected),
      ...(other === undefined ? [] : freeLock(other, id, now)),
    ]
    return { writes, answer: { kind: 'held', lock: granted } }
  })
}

/** Prolongs a lock that the run holds. A lock whose time is over is lost, also when nobody else has taken it yet. */
export async function heartbeatLock(world: World, session: Session, request: LockRequest): Promise<Renewed> {
  return await changeLock(world, session, request, (lock, now) => ({
    ...lock,
    until: now + seconds(world, request.ttl) * 1000,
  }))
}

/** Gives a lock back. Done a second time it finds nothing, and never what somebody else has taken since. */
export async function releaseLock(world: World, session: Session, request: LockRequest): Promise<Renewed> {
  return await changeLock(world, session, request, ({ holder: _, ...lock }, now) => ({ ...lock, until: now }))
}

/** The end of a run frees its lock, so the lock alone tells whether the run still holds it. */
async function changeLock(
  world: World,
  session: Session,
  { key, fence }: LockRequest,
  change: (lock: Lock, now: number) => Lock,
): Promise<Renewed> {
  return await settle(world, async (): Promise<Decision<Renewed>> => {
    const [runItem, lockItem] = await world.store.get([runKey(session), lockKey(lockPartition(key))])
    const run = runItem?.data as Run | undefined
    const is = standing(run, session)
    if (lockItem === undefined || run === undefined || is !== 'running') return { answer: nobody(is) }
    const { expected, lock } = asLock(lockItem)
    const now = world.clock.now()
    if (lock?.holder === undefined || now >= lock.until) return { answer: { kind: 'absent' } }
    const stale = fence !== undefined && fence !== lock.fence
    if (lock.holder !== runId(run) || stale) return { answer: { kind: 'taken', holder: lock.holder } }
    const changed = change(lock, now)
    return { writes: [writeLock(expected, changed)], answer: { kind: 'held', lock: changed } }
  })
}

/** The lock that the run holds now; nothing if it holds none. */
export async function ownLock(world: World, session: Session): Promise<{ kind: 'ok'; lock?: Lock } | Nobody> {
  const [runItem] = await world.store.get([runKey(session)])
  const run = runItem?.data as Run | undefined
  const is = standing(run, session)
  if (run === undefined || is !== 'running') return nobody(is)
  if (run.lock === undefined) return { kind: 'ok' }
  const [item] = await world.store.get([lockKey(run.lock)])
  const lock = item && asLock(item).lock
  const held = lock?.holder === runId(run) && world.clock.now() < lock.until
  return held ? { kind: 'ok', lock } : { kind: 'ok' }
}

const seconds = (world: World, ttl: number | undefined): number => ttl ?? world.rules.limits.lockTimeoutSeconds

async function otherLock(world: World, run: Run, wanted: string) {
  if (run.lock === undefined || run.lock === wanted) return undefined
  const [item] = await world.store.get([lockKey(run.lock)])
  return item && asLock(item)
}
