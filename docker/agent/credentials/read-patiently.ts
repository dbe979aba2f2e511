import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../../core/scheduler/world.ts'
import { type Answer, type CredentialSource, nameOf, type PlannedCredential, refused } from './credential.ts'
import { CredentialsError } from './credentials-error.ts'

/** Milliseconds before what was refused is asked for again: at first, and at most. */
const firstPause = 500
const longestPause = 10_000

/** Reads at once. A store's quota is shared by every run that starts in the same minute. */
const atOnce = 8

export interface PatientReading {
  readonly source: CredentialSource
  /** Milliseconds to wait for rights at most, whatever they take. */
  readonly longestWait: number
  readonly signal: AbortSignal
  readonly log: Log
}

/**
 * Reads secrets, and again those that were refused, for as long as a right that was just given may take to count: a first run
 * may begin seconds after that. What a run can do without is not waited for, but asked for again with the others, whose rights
 * were given at the same time. Answers are in the order of the secrets.
 */
export async function readPatiently(
  secrets: readonly PlannedCredential[],
  { source, longestWait, signal, log }: PatientReading,
): Promise<readonly Answer[]> {
  const wait = Math.min(source.rights?.settleIn ?? 0, longestWait)
  const until = performance.now() + wait
  const answers = await readAll(secrets, source, signal)
  for (let pause = firstPause; ; pause = Math.min(2 * pause, longestPause)) {
    const again = secrets.filter((_, i) => answers[i] === refused)
    const needed = again.filter(({ optional }) => !optional).map(nameOf)
    // What is not there at all ends the run anyway.
    const isHopeless = secrets.some(({ optional }, i) => !optional && answers[i] === undefined)
    const left = until - performance.now()
    if (needed.length === 0 || isHopeless || left <= 0) return answers
    if (pause === firstPause) {
      const text = 'credentials may not be read: asking again, since a right that was just given takes a while to count'
      log('warn', text, { credentials: needed.join(', '), seconds: Math.ceil(wait / 1000) })
    }
    await sleep(Math.min(pause, left), undefined, { signal })
    const later = await readAll(again, source, signal)
    for (const [i, secret] of again.entries()) answers[secrets.indexOf(secret)] = later[i]
  }
}

async function readAll(
  secrets: readonly PlannedCredential[],
  source: CredentialSource,
  signal: AbortSignal,
): Promise<Answer[]> {
  const answers: Answer[] = []
  const waiting = [...secrets.entries()]
  const reader = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      signal.throwIfAborted()
      const [i, secret] = next
      answers[i] = checked(secret, await source.read(secret, signal))
    }
  }
  // The first failure decides; the others' reads end by themselves, since nothing is left for them to take.
  await Promise.all(Array.from({ length: atOnce }, reader)).catch((error: unknown) => {
    waiting.length = 0
    throw error
  })
  return answers
}

/** What is stored as blanks only counts as not stored. */
function checked(secret: PlannedCredential, answer: Answer): Answer {
  if (answer === refused) return answer
  const value = answer?.trim()
  if (value?.includes('\0')) throw new CredentialsError(`${nameOf(secret)} has a zero byte in it: store it again`)
  return value || undefined
}
