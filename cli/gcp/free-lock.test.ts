import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import type { Lock } from '../../infra/gcp/deploy/deploy-failure.ts'
import { asker } from '../ui/ask.ts'
import { freeStaleLocks } from './free-lock.ts'

const begun = Date.parse('2026-11-20T10:00:00Z')
const lock = (host: string): Lock => ({ who: `ci@${host}`, host, pid: 42, since: '2026-11-20T10:00:00Z' })

function stack(locks: readonly Lock[], { answer, minutes = 5, runs = false }: Given = {}) {
  const did: string[] = []
  const nobody = asker({ isTerminal: false })
  return {
    did,
    free: () =>
      freeStaleLocks({
        place: { bucket: 'b', project: 'al-life', stack: 'production', object: 'o', locks: 'l' },
        url: 'gs://b',
        files: { locks: async () => [...locks] },
        stack: { unlock: async () => void did.push('unlock') },
        ask: answer === undefined ? nobody : { ...nobody, reachesPerson: true, confirm: async () => answer },
        ui: { emit: () => {} },
        isRunning: () => runs,
        now: () => begun + minutes * 60_000,
      }),
  }
}

interface Given {
  readonly answer?: boolean
  readonly minutes?: number
  readonly runs?: boolean
}

test('a deploy that runs on this machine is never cut off, whatever the answer', async () => {
  const { free, did } = stack([lock(hostname())], { runs: true, answer: true })
  await expect(free()).rejects.toThrow(
    /another deploy is in progress: ci@\S+ \(process 42, since 2026-11-20T10:00:00Z\)/,
  )
  expect(did).toEqual([])
})

test('a lock whose process is gone here, or that is older than any deploy, is freed without asking', async () => {
  for (const one of [stack([lock(hostname())]), stack([lock('runner-7')], { minutes: 181 })]) {
    await one.free()
    expect(one.did).toEqual(['unlock'])
  }
})

test('a lock of another machine is freed only if a person says so', async () => {
  const yes = stack([lock('runner-7')], { answer: true })
  await yes.free()
  expect(yes.did).toEqual(['unlock'])
  for (const one of [stack([lock('runner-7')], { answer: false }), stack([lock('runner-7')])]) {
    await expect(one.free()).rejects.toThrow(/another deploy is in progress: ci@runner-7/)
    expect(one.did).toEqual([])
  }
})
