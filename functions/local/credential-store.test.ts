import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { credentialStore, credentialsHome, ensureGatewayKey, secretsOf } from './credential-store.ts'

function freshStore() {
  const directory = mkdtempSync(join(tmpdir(), 'al-credentials-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return { directory, store: credentialStore(join(directory, 'home')) }
}

const token = { type: 'github_token', instance: 'default', field: 'token' }

test('a value is kept where 0.13 kept it, for its owner alone, and read without the white space around it', async () => {
  const { directory, store } = freshStore()
  expect(await store.read(token)).toBeUndefined()
  await store.write(token, ' ghp_1 \n')
  const path = join(directory, 'home/github_token/default/token')
  expect(store.pathOf(token)).toBe(path)
  expect(readFileSync(path, 'utf8')).toBe('ghp_1\n')
  expect([statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777]).toEqual([0o600, 0o700])
  expect(await store.read(token)).toBe('ghp_1')
  await store.write(token, 'ghp_2')
  expect(await store.read(token)).toBe('ghp_2')
  expect(await store.list()).toEqual([token])
})

test('no name leads out of the store', async () => {
  const { store } = freshStore()
  for (const part of ['..', '.', '', 'a/b', '/etc', 'a\\b', 'a\0']) {
    await expect(store.read({ ...token, instance: part })).rejects.toThrow(RangeError)
    await expect(store.write({ ...token, field: part }, 'x')).rejects.toThrow(RangeError)
  }
})

test('the gateway sees a secret as soon as it is written, replaced or removed', async () => {
  const { store } = freshStore()
  const secrets = secretsOf(store)
  expect(await secrets.read('github_token/default/token')).toBeUndefined()
  await store.write(token, 'one')
  expect(await secrets.read('github_token/default/token')).toBe('one')
  await store.write(token, 'two')
  expect(await secrets.read('github_token/default/token')).toBe('two')
  rmSync(store.pathOf(token))
  expect(await secrets.read('github_token/default/token')).toBeUndefined()
})

test('hosts that start at the same moment agree on one key', async () => {
  const { store } = freshStore()
  const keys = await Promise.all(Array.from({ length: 10 }, () => ensureGatewayKey(store)))
  expect(new Set(keys.map(({ key }) => key)).size).toBe(1)
  expect(keys.filter(({ made }) => made)).toHaveLength(1)
  expect(keys[0]?.key).toMatch(/^[\w-]{43}$/)
})

test('an empty file is no key', async () => {
  const { store } = freshStore()
  const path = store.pathOf({ type: 'gateway_api_key', instance: 'default', field: 'key' })
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '\n')
  expect(await ensureGatewayKey(store)).toMatchObject({ made: true })
  expect(readFileSync(path, 'utf8')).toMatch(/^[\w-]{43}\n$/)
})

test('the directory can be another one', () => {
  expect(credentialsHome({ AL_CREDENTIALS_HOME: '/x' })).toBe('/x')
  expect(credentialsHome({})).toMatch(/\.action-llama\/credentials$/)
})
