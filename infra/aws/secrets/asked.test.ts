import { expect, test } from 'vitest'
import { AwsFailure } from '../aws-failure.ts'
import { asked } from './asked.ts'

/** An error as an SDK throws it. */
const refusal = (message: string, name = 'ValidationException') =>
  Object.assign(new Error(message), { name, $fault: 'client', $metadata: {} })

const told = async (value: string, message: string, name?: string): Promise<unknown> =>
  await asked(() => Promise.reject(refusal(message, name)), { value }).catch((error: unknown) => error)

const key = `-----BEGIN KEY-----\n${'c4n4ry'.repeat(12)}\n${'s3cr3t'.repeat(12)}\n-----END KEY-----\n`

test.each([
  ['as it is', key, `Value '${key}' at 'secretString' failed to satisfy constraint`],
  ['cut off', key, `Value '${key.slice(0, 60)}…' at 'secretString' failed`],
  ['escaped', '{"token":"c4n4ry-c4n4ry"}', 'Value "{\\"token\\":\\"c4n4ry-c4n4ry\\"}" is wrong'],
  ['on one line', 'a c4n4ry\nb s3cr3t', "Value 'a c4n4ry b s3cr3t' is wrong"],
  ['short', 'c4n4ry', 'Value c4n4ry is wrong'],
])('a service that quotes a value, %s, is not repeated', async (_, value, message) => {
  for (const name of ['ValidationException', 'AccessDeniedException']) {
    const error = await told(value, message, name)
    expect(error).toBeInstanceOf(AwsFailure)
    expect(`${error}${(error as Error).stack}${JSON.stringify((error as Error).cause)}`).not.toMatch(/c4n4ry|s3cr3t/)
    expect((error as Error).message).toContain(name)
  }
})

test('what a service says of anything else is told', async () => {
  expect(await told('c4n4ry', 'the limit is 40 a second', 'LimitExceededException')).toMatchObject({
    message: 'AWS: LimitExceededException: the limit is 40 a second',
  })
})
