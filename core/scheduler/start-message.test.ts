import { expect, test } from 'vitest'
import { asEnvironment, asPayload, fromEnvironment, fromPayload } from './start-message.ts'

const message = { run: 'dev-abcdefghij0123456789', ticket: 't1', gateway: 'https://gateway.example.com', attempt: 2 }

test('a container reads what it was told, as variables and as a payload', () => {
  expect(fromEnvironment({ PATH: '/bin', ...asEnvironment(message) })).toEqual(message)
  expect(fromPayload(JSON.parse(JSON.stringify(asPayload(message))))).toEqual(message)
})

test('what is incomplete, or not from a control plane, is no message', () => {
  expect(fromEnvironment({ PROMPT: 'hello' })).toBeUndefined()
  for (const name of Object.keys(asEnvironment(message))) {
    expect(fromEnvironment({ ...asEnvironment(message), [name]: '' }), name).toBeUndefined()
  }
  expect(fromEnvironment({ ...asEnvironment(message), AL_ATTEMPT: '1.5' })).toBeUndefined()
  for (const other of [undefined, null, 'text', 7, [], {}, { ...message }, { ...asPayload(message), attempt: '2' }]) {
    expect(fromPayload(other), JSON.stringify(other)).toBeUndefined()
  }
})
