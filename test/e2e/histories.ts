import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashOf, type Run } from '../../core/scheduler/run.ts'
import { type History, liveThrough } from './history.ts'
import type { HostKind } from './hosts/host.ts'
import { problemsOf, runsOf } from './verdict.ts'

/** A host was ended by a lost answer to its first look at what runs. */
const foundMistake = 994_281
/**
 * `SEED=n` repeats what was decided by chance; what ran at the same time takes its own turns. CI lives through a history
 * that has found a mistake: whether a change lands is not up to luck. Elsewhere each run is another one.
 */
const seed = Number(process.env.SEED ?? (process.env.CI ? foundMistake : Math.floor(Math.random() * 1e6)))
/** Of each history. `DELIVERIES=60` and more for a long look. */
const deliveries = Number(process.env.DELIVERIES ?? 30)
/** Milliseconds; a machine with other work to do takes much longer than a quiet one. */
const patience = Math.max(180_000, deliveries * 4000)

const limits = [
  { limits: 'each agent has its scale', projectScale: undefined },
  { limits: 'the project has a scale too', projectScale: 4 },
]

/** Histories in which everything goes wrong that can, on one host of the control plane. */
export function historiesOn(kind: HostKind): void {
  const title = `processes on ${kind.name} are killed at any moment, and $limits (SEED=${seed})`
  describe.skipIf(kind.missing).each(limits)(title, ({ projectScale }) => {
    let history: History
    let runs: readonly Run[]

    beforeAll(async () => {
      history = await liveThrough(kind, { seed, deliveries, projectScale })
      runs = await runsOf(history)
      if (process.env.SEED !== undefined) console.table(summaryOf(history, runs))
    }, patience)

    afterAll(() => history?.close())

    test('every accepted delivery has reached one outcome for each agent it matches, and nothing is left', async () => {
      expect(await problemsOf(history, runs)).toEqual([])
    })

    test('the counts add up: what was accepted is what has ended', () => {
      const accepted = new Set(history.ledger.deliveries.filter((one) => one.accepted).map(({ id }) => id))
      const pairs = history.ledger.deliveries.flatMap((one) => (one.accepted ? one.agents : []))
      const ended = countBy(runs, ({ trigger, outcome }) =>
        trigger.kind === 'webhook' && accepted.has(trigger.delivery ?? '') ? outcome : undefined,
      )
      expect([...ended.values()].reduce((sum, count) => sum + count, 0)).toBe(pairs.length)
    })

    test('the history was worth living through', () => {
      expect(history.host.processes.reduce((sum, { kills }) => sum + kills, 0)).toBeGreaterThan(3)
      expect(history.ledger.outcomes.size).toBeGreaterThan(deliveries / 3)
      expect(accepted(history)).toBeGreaterThan(deliveries / 2)
    })

    test('no secret is in what the functions print, nor in anything the table holds or has held', async () => {
      const { ledger, host } = history
      const secrets = new Set([...ledger.secrets, host.webhookSecret, host.gatewayKey])
      const { items, writes } = await host.everythingStored()
      const places = {
        output: host.processes.map(({ output }) => output).join('\n'),
        items: readable(items),
        ...(writes !== undefined && { writes: readable(writes) }),
      }
      // Where they would be found, if they were there.
      const ended = runs.find(({ session }) => session !== undefined)
      expect(places.items).toContain(ended?.session)
      expect(ledger.secrets.some((secret) => (places.writes ?? places.items).includes(hashOf(secret)))).toBe(true)
      expect(places.output).toContain('"message":"request"')
      for (const [place, text] of Object.entries(places)) {
        const found = [...secrets].filter((secret) => formsOf(secret).some((form) => text.includes(form)))
        expect(found.length, `secrets in the ${place}`).toBe(0)
      }
    })
  })
}

const accepted = ({ ledger }: History) => ledger.deliveries.filter((one) => one.accepted).length

const formsOf = (secret: string) => [
  secret,
  ...(['base64', 'hex'] as const).map((as) => Buffer.from(secret).toString(as)),
]

/** Text with what is compressed in it unpacked. */
const readable = (text: string): string =>
  text.replace(/H4sI[A-Za-z0-9+/=]+/g, (packed) => gunzipSync(Buffer.from(packed, 'base64')).toString())

function countBy<One>(all: readonly One[], keyOf: (one: One) => string | undefined): Map<string, number> {
  const counts = new Map<string, number>()
  for (const one of all) {
    const key = keyOf(one)
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** What has happened, for people. */
const summaryOf = (history: History, runs: readonly Run[]) => ({
  invocations: history.stage.invocations,
  kills: history.host.processes.map(({ kills }) => kills).join(' + '),
  deliveries: `${accepted(history)} of ${history.ledger.deliveries.length} accepted`,
  answers: JSON.stringify(Object.fromEntries(history.ledger.statuses)),
  runs: runs.length,
  outcomes: JSON.stringify(Object.fromEntries(countBy(runs, ({ outcome }) => outcome))),
  attempts: JSON.stringify(Object.fromEntries(countBy(runs, ({ attempt }) => String(attempt)))),
  triggers: JSON.stringify(Object.fromEntries(countBy(runs, ({ trigger }) => trigger.kind))),
  hours: Math.round((history.stage.clock.now() - Date.now()) / 360_000) / 10,
})
