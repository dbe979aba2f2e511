import { expect, test } from 'vitest'
import { awsFailure } from './aws-failure.ts'

const error = (name: string, message: string, more: object = {}) => Object.assign(new Error(message), { name }, more)

test('each kind of failure says where its reason lies', () => {
  const reasons = [
    [error('ExpiredTokenException', 'expired', { $fault: 'client' }), 'credentials'],
    [error('CredentialsProviderError', 'Could not load credentials from any providers'), 'credentials'],
    [error('AccessDeniedException', 'not authorized to perform: x', { $fault: 'client' }), 'denied'],
    [error('Error', 'getaddrinfo ENOTFOUND sts.eu-west-1.amazonaws.com', { code: 'ENOTFOUND' }), 'network'],
    [error('ValidationError', 'Template error', { $fault: 'client' }), 'service'],
  ] as const
  for (const [one, reason] of reasons) expect(awsFailure(one)?.reason).toBe(reason)
})

test('a failure inside of others is found, and what is none of AWS is nothing', () => {
  const inner = error('ExpiredToken', 'expired', { $fault: 'client' })
  expect(awsFailure(new Error('outer', { cause: new Error('middle', { cause: inner }) }))?.reason).toBe('credentials')
  expect(awsFailure(new AggregateError([error('Error', '', { code: 'ECONNREFUSED' })]))?.reason).toBe('network')
  expect(awsFailure(new TypeError('x is not a function'))).toBeUndefined()
})
