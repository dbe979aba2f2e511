import { hash } from 'node:crypto'
import type { Expected, Key, Snapshot, Write } from '../store.ts'
import type { World } from './world.ts'

/** What became of an event that may be reported several times: a delivery, a tick, a call. */
export type Seen = { readonly run: string } | { readonly skipped: string }

/** The key by which the same event is recognised, and for how many seconds: at least ten minutes. */
export interface Dedupe {
  readonly key: string
  readonly seconds: number
}

export const seenKey = ({ key }: Dedupe): Key => ({
  pk: `seen#${hash('sha256', key)}`,
  sk: '-',
})

export const asSeen = (snapshot: Snapshot | undefined): Seen | undefined => snapshot?.data as Seen | undefined

export const writeSeen = (world: World, dedupe: Dedupe, expected: Expected, seen: Seen): Write => ({
  kind: 'put',
  key: seenKey(dedupe),
  expected,
  data: seen,
  expiresAt: Math.ceil(world.clock.now() / 1000) + dedupe.seconds,
})
