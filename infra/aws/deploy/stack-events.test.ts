import type { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { expect, test } from 'vitest'
import { stackEvents } from './stack-events.ts'

test('no event is lost between two looks, however many pages there are', async () => {
  let last = 0
  const pageSize = 3
  // The newest come first.
  const send = async ({ input }: { readonly input: { readonly NextToken?: string } }) => {
    const from = Number(input.NextToken ?? last)
    const ids = Array.from({ length: Math.min(pageSize, from) }, (_, i) => ({ EventId: String(from - i) }))
    const rest = from - ids.length
    return { StackEvents: ids, ...(rest > 0 && { NextToken: String(rest) }) }
  }
  const look = stackEvents({ send } as unknown as Pick<CloudFormationClient, 'send'>, 'stack')
  const told: string[] = []
  last = 5
  await look()
  for (last of [6, 6, 20, 22]) told.push(...(await look()).map(({ EventId = '' }) => EventId))
  expect(told).toEqual(Array.from({ length: 17 }, (_, i) => String(6 + i)))
})
