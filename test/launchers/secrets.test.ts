import { expect, onTestFinished, test, vi } from 'vitest'
import { secretsManager } from '../../functions/aws/secrets-manager.ts'
import type { Fate } from '../support/fake-aws.ts'
import { fakeAwsOf, planOf } from './aws-project.ts'

async function storeMeeting(...fates: readonly Fate[]) {
  const aws = await fakeAwsOf(planOf())
  for (const [name, value] of Object.entries(aws.env)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  aws.meet('secretsmanager:GetSecretValue', ...fates)
  const lines: unknown[] = []
  return { aws, lines, read: secretsManager((level, message, fields) => lines.push([level, message, fields])) }
}

test('a secret that is stored has its value', async () => {
  const { aws, lines, read } = await storeMeeting()
  aws.secrets.set('action-llama/github_webhook_secret/acme/secret', 'hush')
  expect(await read('action-llama/github_webhook_secret/acme/secret')).toBe('hush')
  expect(lines).toEqual([])
})

test.each([
  ['is not there, to a role that may read it alone', []],
  ['is not there, to a role that may read all', [{ status: 400, type: 'ResourceNotFoundException' }]],
  ['is about to be deleted', [{ status: 400, type: 'InvalidRequestException', message: 'it was marked for deletion' }]],
])('one that %s has none, and that is logged', async (_, fates) => {
  const { lines, read } = await storeMeeting(...fates)
  expect(await read('a/b')).toBeUndefined()
  expect(lines).toEqual([['warn', expect.stringContaining('not stored'), expect.objectContaining({ secret: 'a/b' })]])
})

test('a store that does not answer is an error', async () => {
  const broken = { status: 500, type: 'InternalServiceError' }
  const { aws, read } = await storeMeeting(broken, broken, broken)
  await expect(read('a/b')).rejects.toThrow()
  expect(aws.requests).toHaveLength(3)
})
