import { expect, test } from 'vitest'
import { modelProviders } from '../../core/project/schema/model.ts'
import type { Credential } from './credentials/credential.ts'
import { modelKey, withHeaders } from './model-access.ts'

const credential = (type: string, instance: string, field: string, value: string): Credential => ({
  ...{ type, instance, field, value },
  why: 'listed',
})

test('every provider that has a key finds it, and no other one', () => {
  for (const [provider, type] of Object.entries(modelProviders)) {
    const keys = ['anthropic_key', 'custom_key', type ?? 'openai_key'].map((one) =>
      credential(one, 'default', 'token', `of ${one}`),
    )
    const key = modelKey({ provider: provider as keyof typeof modelProviders, model: 'm' }, keys)
    expect(key).toBe(type && `of ${type}`)
  }
})

test('references in headers become the values, and one that is missing is named without a value', () => {
  const headers = { authorization: 'Bearer ${x_twitter_api:main.bearer_token}', 'x-plain': 'as it is' }
  const model = { provider: 'custom', model: 'm', headers } as const
  const credentials = [credential('x_twitter_api', 'main', 'bearer_token', 'the-token')]
  expect(withHeaders(model, credentials).headers).toEqual({ authorization: 'Bearer the-token', 'x-plain': 'as it is' })
  expect(() => withHeaders(model, [])).toThrow(
    "the model's header authorization refers to ${x_twitter_api:main.bearer_token}, which is not stored",
  )
})
