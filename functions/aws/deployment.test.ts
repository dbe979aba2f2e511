import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readDeployment } from './deployment.ts'

function directoryWith(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'al-deployment-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  return directory
}

const env = { AL_TABLE: 'table', AL_GATEWAY_URL: 'https://gateway.example.com/' }

test('a deployment is the plan of the directory and the names of the environment', async () => {
  const directory = directoryWith({ 'plan.json': '{"project":"demo"}' })
  expect(await readDeployment(directory, env)).toEqual({
    decisions: { project: 'demo' },
    table: 'table',
    gatewayUrl: 'https://gateway.example.com',
  })
  const tasks = { AL_CLUSTER: 'cluster', AL_SUBNETS: 'subnet-1,subnet-2', AL_SECURITY_GROUPS: '' }
  expect((await readDeployment(directory, { ...env, ...tasks })).tasks).toEqual({
    cluster: 'cluster',
    subnets: ['subnet-1', 'subnet-2'],
    securityGroups: [],
  })
})

test('what is missing is named', async () => {
  const directory = directoryWith({ 'plan.json': '{}' })
  await expect(readDeployment(directory, { AL_TABLE: 'table' })).rejects.toThrow('AL_GATEWAY_URL is not set')
  await expect(readDeployment(directory, { ...env, AL_CLUSTER: 'c' })).rejects.toThrow('AL_SUBNETS is not set')
  await expect(readDeployment(directoryWith({}), env)).rejects.toThrow(/plan\.json/)
})
