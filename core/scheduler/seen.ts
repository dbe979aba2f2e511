import { hash } from 'node:crypto'
import type { Expected, Key, Snapshot, Write } from '../store.ts'
import type { World } from './world.ts'

/** What became of something that may be told to us several times: a delivery, a tick, a call. */
export type Seen = { readonly run: string } | { readonly skipped: string }

/** By which the same thing is recognised, and for how many seconds. At least ten minutes. */
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
