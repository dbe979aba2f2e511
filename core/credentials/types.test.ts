import { describe, expect, test } from 'vitest'
import { modelProviders } from '../project/schema/model.ts'
import { webhookProviders } from '../project/schema/webhooks.ts'
import { type CredentialType, credentialType, credentialTypes } from './types.ts'

const types: readonly (readonly [string, CredentialType])[] = Object.entries(credentialTypes)

describe.each(types)('%s', (name, type) => {
  test('and its fields are names that every secret store can hold', () => {
    for (const part of [name, ...Object.keys(type.fields)]) expect(part).toMatch(/^[a-z][a-z0-9_]*$/)
    // Parts are joined by `__` in an environment variable and by `--` in Secret Manager.
    expect([name, ...Object.keys(type.fields)].join()).not.toMatch(/__|--/)
  })

  test('has a field that has to be there, and only its own fields are optional', () => {
    const fields = Object.keys(type.fields)
    const optional = type.optional ?? []
    expect(fields).toEqual(expect.arrayContaining([...optional]))
    expect(fields.length).toBeGreaterThan(optional.length)
  })

  test('reaches the environment of agents only', () => {
    if (type.exposure !== 'agent') expect(Object.values(type.fields).flat()).toEqual([])
  })
})

test('no two fields of any types are found in the same environment variable', () => {
  const variables = types.flatMap(([, { fields }]) => Object.values(fields).flat())
  expect(new Set(variables).size).toBe(variables.length)
  for (const variable of variables) expect(variable).toMatch(/^[A-Z][A-Z0-9_]*$/)
})

test('every model provider that takes a key has a type with the one field it is in', () => {
  for (const type of Object.values(modelProviders)) {
    if (type !== undefined) expect(credentialType(type)).toMatchObject({ exposure: 'agent', fields: { token: [] } })
  }
})

test('every webhook provider that signs has a type that only the gateway reads', () => {
  for (const { secret } of Object.values(webhookProviders)) {
    if (secret !== undefined)
      expect(credentialType(secret)).toMatchObject({ exposure: 'gateway', fields: { secret: [] } })
  }
})

test('the types of the reference tool are all there', () => {
  expect(types.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'github_token',
      'git_ssh',
      'linear_oauth',
      'x_twitter_api',
      'reddit_oauth',
      'aws',
      'vps_ssh',
    ]),
  )
  expect(types).toHaveLength(29)
})
