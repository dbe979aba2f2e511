import { describe, expect, it } from 'vitest'
import { modelProviders } from '../../../core/project/schema/model.ts'
import { chooseModel, nearest } from './model.ts'
import { knownModels } from './providers.ts'
import { delayBefore } from './retry.ts'

const providers = Object.keys(modelProviders) as (keyof typeof modelProviders)[]

describe('the model of a configuration', () => {
  it.each(providers)('%s has a protocol, an address and limits for a model nobody knows', async (provider) => {
    const baseUrl = provider === 'custom' ? { baseUrl: 'http://127.0.0.1:1' } : {}
    const { model } = await chooseModel({ provider, model: 'zzz', ...baseUrl })
    expect(model).toMatchObject({ id: 'zzz', baseUrl: expect.stringMatching(/^https?:/) })
    expect(model.maxTokens).toBeGreaterThan(1000)
    expect(model.contextWindow).toBeGreaterThan(model.maxTokens)
  })

  it('what the configuration states wins', async () => {
    const { model, warning } = await chooseModel({
      ...{ provider: 'anthropic', model: 'claude-sonnet-4-5', baseUrl: 'http://proxy/v1/' },
      ...{ contextWindow: 9_000, maxTokens: 700 },
    })
    expect(warning).toBeUndefined()
    expect(model).toMatchObject({ baseUrl: 'http://proxy', contextWindow: 9_000, maxTokens: 700 })
  })

  it.each(['openrouter/auto', 'auto'])('%s, which hands on to others, has no price, and none below 0', async (id) => {
    const { model, priced, warning } = await chooseModel({ provider: 'openrouter', model: id })
    expect(priced).toBe(false)
    expect(model.cost).toEqual({ input: 0, output: 0, cacheRead: 0, cacheWrite: 0 })
    expect(warning).toContain('is not known: its cost counts as 0')
  })

  it.each(providers)('no model of %s that is taken as priced costs less than nothing', async (provider) => {
    for (const id of Object.keys(await knownModels(provider))) {
      const { model, priced } = await chooseModel({ provider, model: id })
      for (const price of [model.cost.input, model.cost.output]) expect(price, id).toBeGreaterThanOrEqual(0)
      if (provider === 'openrouter' && id.endsWith(':free')) expect(priced, id).toBe(true)
    }
  })

  it.each([
    ['claude-sonnet-4-20250514', 'claude-sonnet-4-5'],
    ['claude-opus-4-20250514', 'claude-opus-4-5'],
    ['scripted/x', undefined],
    ['claude', undefined],
  ])('the nearest relative of %s is %s', async (id, relative) => {
    const models = [
      'claude-opus-5',
      'claude-opus-4-5',
      'claude-sonnet-4-5-20250929',
      'claude-sonnet-4-6',
      'claude-sonnet-4-5',
    ]
    expect(
      nearest(
        id,
        models.map((one) => ({ id: one })),
      )?.id,
    ).toBe(relative)
  })
})

describe('the wait before a retry', () => {
  it('doubles from 30 s to 300 s, less up to a fifth', () => {
    expect([1, 2, 3, 4, 5].map((attempt) => delayBefore(attempt, undefined, 0))).toEqual([
      30_000, 60_000, 120_000, 240_000, 300_000,
    ])
    expect(delayBefore(1, undefined, 0.999)).toBeGreaterThanOrEqual(24_000)
  })

  it('is what the provider asks for, up to 300 s', () => {
    expect(delayBefore(3, 1_200, 0.5)).toBe(1_200)
    expect(delayBefore(1, 900_000, 0.5)).toBe(300_000)
  })
})
