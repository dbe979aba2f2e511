import { expect, test } from 'vitest'
import { missingImages, registryLogin, repositoryIn } from './registry.ts'

const uri = 'europe-west1-docker.pkg.dev/acme/agents'

test('Docker logs in to the host of the repository, by a token', async () => {
  expect(await registryLogin(uri, { token: async () => 'ya29.x' })).toEqual({
    username: 'oauth2accesstoken',
    password: 'ya29.x',
    serveraddress: 'https://europe-west1-docker.pkg.dev',
  })
})

test('each image is looked for in the repository that its reference names', async () => {
  const asked: string[] = []
  const api = async (_: string, url: string) => {
    asked.push(url)
    const status = url.includes('/packages/base/') ? 200 : 404
    const failure = () => {
      throw new Error('not asked for')
    }
    return { status, body: {}, text: '', error: '', failure }
  }
  const missing = await missingImages([`${uri}/base:1`, `${uri}/agent-dev:2`], { api })
  expect([...missing]).toEqual([`${uri}/agent-dev:2`])
  expect(asked[1]).toBe(
    'https://artifactregistry.googleapis.com/v1/projects/acme/locations/europe-west1/repositories/agents/packages/agent-dev/tags/2',
  )
})

test('what is in no repository of Artifact Registry is refused', () => {
  expect(() => repositoryIn('docker.io/library/node:24')).toThrow(/is not in an Artifact Registry repository/)
})
