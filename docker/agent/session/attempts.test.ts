import type { AssistantMessage } from '@earendil-works/pi-ai'
import { expect, test } from 'vitest'
import { attempts } from './attempts.ts'

const denied = { errorMessage: 'PERMISSION_DENIED: not for you' } as AssistantMessage
const refusal = { kind: 'failed', why: denied.errorMessage, modelRefused: 'auth' }

function session(byRight: boolean) {
  const waits: number[] = []
  const pause = async (ms: number) => void waits.push(ms)
  const { signal } = new AbortController()
  const tries = attempts({ log: () => {}, signal, pause, chance: () => 0, words: (text) => text, byRight })
  return { waits, tries, fail: () => tries.failed(denied, { status: 403 }) }
}

test('a right on Google Cloud that was given a moment ago is waited for, two minutes and no longer', async () => {
  const { waits, fail } = session(true)
  for (let i = 0; i < 5; i++) expect(await fail()).toBeUndefined()
  expect(waits.reduce((sum, one) => sum + one)).toBe(135_000)
  expect(await fail()).toEqual(refusal)
})

test('a right that has counted once, and a key, are not waited for', async () => {
  const counted = session(true)
  counted.tries.succeeded()
  for (const { fail, waits } of [counted, session(false)]) {
    expect(await fail()).toEqual(refusal)
    expect(waits).toEqual([])
  }
})
