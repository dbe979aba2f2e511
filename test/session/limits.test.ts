import { describe, expect, it } from 'vitest'
import type { Handout } from '../../core/plan/decisions.ts'
import type { Usage } from '../../core/scheduler/run.ts'
import { turnGate } from '../../docker/agent/session/turn-gate.ts'
import { bash, type Line, play } from './play.ts'

/** A model that works for as long as it is allowed to. */
const turns = Array.from({ length: 9 }, () => ({ tools: [bash('true')] }))

function gated(limits: NonNullable<Handout['limits']>, answers: readonly (string | undefined)[] = []) {
  const asked: Usage[] = []
  const lines: Line[] = []
  const gate = turnGate({
    limits,
    ask: async (used) => {
      asked.push(used)
      return answers[asked.length - 1]
    },
    log: (level, message, fields = {}) => lines.push({ level, message, fields }),
  })
  return { asked, lines, gate }
}

describe('the limits of a run', () => {
  it('ends it before the turn that would be one too many', async () => {
    const { gate, lines } = gated({ maxTurns: 5 })
    const { end, requests } = await play(turns, { gate })
    expect(end).toMatchObject({
      kind: 'over budget',
      why: 'maxTurns: 5 of 5 used by this run',
      usage: { turnCount: 5 },
    })
    expect(requests).toHaveLength(5)
    expect(lines).toMatchObject([{ level: 'warn', fields: { what: 'maxTurns', limit: 5, used: 4 } }])
  })

  it('leaves a run alone that is done with its last turn', async () => {
    const { gate } = gated({ maxTurns: 2 })
    const { end } = await play([{ tools: [bash('true')] }, { text: 'Done.' }], { gate })
    expect(end).toMatchObject({ kind: 'completed', text: 'Done.' })
  })

  it('lets its cost pass the limit by one turn at most', async () => {
    const one = await play([{ text: 'x' }])
    const price = one.end.usage.cost
    expect(price).toBeGreaterThan(0)
    const { gate } = gated({ maxCostPerRun: 2.5 * price })
    const { end, requests } = await play(turns, { gate, needsPrice: true })
    expect(end.kind).toBe('over budget')
    expect(requests).toHaveLength(3)
    expect(end.usage.cost).toBeLessThan(3.5 * price)
  })

  it('asks before each turn with all that was used, and makes none that is not granted', async () => {
    const { gate, asked } = gated({ asksForTurns: true }, [undefined, undefined, 'the day is spent'])
    const { end, requests } = await play(turns, { gate, needsPrice: true })
    expect(end).toMatchObject({ kind: 'over budget', why: 'the day is spent' })
    expect(requests).toHaveLength(2)
    expect(asked.map(({ turnCount }) => turnCount)).toEqual([0, 1, 2])
  })

  it('asks nobody where nothing limits the cost of a day', async () => {
    const { gate, asked } = gated({ maxTurns: 9, maxCostPerRun: 9 })
    await play([{ tools: [bash('true')] }, { text: 'Done.' }], { gate })
    expect(asked).toEqual([])
  })

  it('asks before calls that are made again, too', async () => {
    const { gate, asked } = gated({ asksForTurns: true })
    const { requests } = await play([{ fail: 'rate_limit', times: 2 }, { text: 'Done.' }], { gate })
    expect(requests).toHaveLength(3)
    expect(asked).toHaveLength(3)
  })

  it('does not begin where the price of the model is not known', async () => {
    const { gate } = gated({ maxCostPerRun: 1 })
    const { end, requests } = await play(turns, { gate, needsPrice: true, model: { model: 'strange' } })
    expect(end).toMatchObject({
      kind: 'failed',
      why: expect.stringMatching(/price of anthropic\/strange is not known/),
    })
    expect(end).not.toHaveProperty('modelRefused')
    expect(requests).toEqual([])
  })

  it('ends in an error, not as over budget, when there is no leave because nobody can be asked', async () => {
    const { end, requests } = await play(turns, {
      gate: async () => {
        throw new Error('the gateway answered 400')
      },
    })
    expect(end).toMatchObject({ kind: 'failed', why: 'the gateway answered 400' })
    expect(requests).toEqual([])
  })
})
