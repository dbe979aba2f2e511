import { LambdaClient } from '@aws-sdk/client-lambda'
import { describe, expect, test } from 'vitest'
import { clientSettings } from '../../functions/launchers/aws-requests.ts'
import { lambdaLauncher } from '../../functions/launchers/lambda.ts'
import type { Fate } from '../support/fake-aws.ts'
import { clientOf, fakeAwsOf, gatewayUrl, orderFor, planOf } from './aws-project.ts'

const plan = planOf()
const invoke = 'lambda:InvokeFunction'

async function launcherMeeting(...fates: readonly Fate[]) {
  const aws = await fakeAwsOf(plan)
  aws.meet(invoke, ...fates)
  const client = new LambdaClient({ ...clientOf(aws), ...clientSettings })
  return { aws, launcher: lambdaLauncher({ client, gatewayUrl }) }
}

const throttled = { status: 429, type: 'TooManyRequestsException' }

test('a function is invoked with what its container is told, and nothing else', async () => {
  const { aws, launcher } = await launcherMeeting()
  expect(await launcher.launch(orderFor(plan, 'short', { attempt: 2 }))).toEqual({ kind: 'started' })
  expect(aws.launches).toEqual([
    {
      compute: 'lambda',
      resource: 'al-demo_default_short',
      payload: {
        source: 'action-llama',
        run: 'short-abcdefghij0123456789',
        ticket: 'ticket-of-this-attempt',
        gateway: gatewayUrl,
        attempt: 2,
      },
    },
  ])
})

describe('an answer tells whether something started', () => {
  test('throttled three times: nothing, and it may work later', async () => {
    const { aws, launcher } = await launcherMeeting(throttled, throttled, throttled)
    const answer = await launcher.launch(orderFor(plan, 'short'))
    expect(answer).toMatchObject({ kind: 'refused', why: expect.stringContaining('TooManyRequestsException') })
    expect(aws.requests).toHaveLength(3)
  })

  test('throttled once: the second try starts it', async () => {
    const { aws, launcher } = await launcherMeeting(throttled)
    expect(await launcher.launch(orderFor(plan, 'short'))).toEqual({ kind: 'started' })
    expect(aws.launches).toHaveLength(1)
  })

  test('no such function: nothing, and nothing will, with the way out', async () => {
    const { aws, launcher } = await launcherMeeting()
    const gone = { ...orderFor(plan, 'short').agent, resource: 'al-demo_default_gone' }
    const answer = await launcher.launch(orderFor(plan, 'short', { agent: gone }))
    expect(answer).toEqual({
      kind: 'failed',
      why: 'function al-demo_default_gone does not exist; deploy the project again',
    })
    expect(aws.requests).toHaveLength(1)
  })

  test.each([
    [403, 'AccessDeniedException', /starting function al-demo_default_short is not permitted/],
    [400, 'InvalidParameterValueException', /InvalidParameterValueException: the ticket …/],
  ])('%i %s: nothing, and nothing will', async (status, type, why) => {
    const { launcher } = await launcherMeeting({ status, type, message: 'the ticket ticket-of-this-attempt' })
    const answer = await launcher.launch(orderFor(plan, 'short', { attempt: 3 }))
    expect(answer).toEqual({ kind: 'failed', why: expect.stringMatching(why) })
    expect(JSON.stringify(answer)).not.toContain('ticket-of-this-attempt')
  })

  test('a right that is missing at first may be one that a deploy has just given: it may work later', async () => {
    const { launcher } = await launcherMeeting({ status: 403, type: 'AccessDeniedException' })
    expect(await launcher.launch(orderFor(plan, 'short'))).toMatchObject({ kind: 'refused' })
  })

  test('an error inside Lambda, three times: it cannot tell', async () => {
    const broken = { status: 500, type: 'ServiceException' }
    const { aws, launcher } = await launcherMeeting(broken, broken, broken)
    await expect(launcher.launch(orderFor(plan, 'short'))).rejects.toThrow()
    expect(aws.requests).toHaveLength(3)
  })

  test('a lost answer and then a refusal: it cannot tell, since the first try may have started something', async () => {
    const denied = { status: 403, type: 'AccessDeniedException' }
    for (const later of [[denied], [throttled, throttled]]) {
      const { aws, launcher } = await launcherMeeting('lose the answer', ...later)
      await expect(launcher.launch(orderFor(plan, 'short'))).rejects.toThrow()
      expect(aws.launches).toHaveLength(1)
    }
  })

  test('no answer at all: it gives up after five seconds, and cannot tell', async () => {
    const { launcher } = await launcherMeeting('hang', 'hang', 'hang')
    const before = performance.now()
    await expect(launcher.launch(orderFor(plan, 'short'))).rejects.toThrow()
    expect(performance.now() - before).toBeLessThan(6000)
  })
})

test('stopping a function asks for nothing: it learns at its next poll', async () => {
  const { aws, launcher } = await launcherMeeting()
  const { agent, run, suffix, attempt } = orderFor(plan, 'short')
  await launcher.stop({ agent: agent.name, run, suffix, attempt, compute: 'lambda', container: 'r1', reason: 'killed' })
  expect(aws.requests).toEqual([])
  expect(launcher.running).toBeUndefined()
})
