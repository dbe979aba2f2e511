import { expect, test } from 'vitest'
import { exitCodes, UserError } from '../errors.ts'
import type { Status } from '../gateway/gateway-client.ts'
import { isOfGateway, untilGatewayAnswers } from './until-gateway-answers.ts'

/** A gateway that turns away the first `times` questions, and what was said and waited meanwhile. */
async function looked(times: number) {
  const said: string[] = []
  let left = times
  let waited = 0
  const status = async () => {
    if (left-- > 0) throw new UserError('https://x answered 403 with no JSON: Forbidden', exitCodes.failure)
    return {} as Status
  }
  await untilGatewayAnswers({
    gateway: { status },
    ui: { emit: (event) => void ('text' in event && said.push(`${event.kind}: ${event.text}`)) },
    pause: async (seconds) => {
      waited += seconds
    },
  })
  return { said, waited }
}

test('a gateway that answers is not waited for, and one that does later is', async () => {
  expect(await looked(0)).toEqual({ said: [], waited: 0 })
  expect(await looked(3)).toEqual({ said: [expect.stringMatching(/^note: waiting until/)], waited: 15 })
})

test('a gateway that does not answer in time fails no deploy: it is told why, and what to look with', async () => {
  const { said, waited } = await looked(99)
  expect(waited).toBe(150)
  expect(said.at(-1)).toMatch(/^warning: everything is deployed, .* answered 403 .*`al doctor -c`/)
})

test.each([
  ['gateway Function', true],
  ['gateway-open ServiceIamMember', true],
  ['gateway/databases/al-acme', true],
  ['builder/project/logWriter', false],
  ['stopped Topic', false],
])('%s is of the gateway: %s', (part, is) => expect(isOfGateway(part)).toBe(is))
