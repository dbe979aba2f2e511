import { expect, test } from 'vitest'
import { StackFailure } from '../../infra/aws/deploy/stack-progress.ts'
import type { Ask } from '../ui/ask.ts'
import type { Message } from '../ui/ui.ts'
import { recoverStacks, waitForOthers } from './recover.ts'

const stage = (answer = true) => {
  const messages: Message[] = []
  const done: string[] = []
  const ask: Pick<Ask, 'confirm'> = {
    confirm: async ({ text }) => {
      done.push(`asked: ${text.split('.')[0]}`)
      return answer
    },
  }
  return { messages, done, ask: ask as Ask, ui: { emit: (one: Message) => void messages.push(one) } }
}
const stuck = new StackFailure('s: UPDATE_ROLLBACK_FAILED', [
  { stack: 's', logicalId: 'Role', type: 'AWS::IAM::Role', status: 'UPDATE_FAILED', reason: 'gone' },
])

test('what somebody else is doing is waited for, and what is only under review is not', async () => {
  const { done, ui, messages } = stage()
  const work = {
    settled: async (stack: string) => {
      done.push(`waited: ${stack}`)
      return 'UPDATE_COMPLETE'
    },
  }
  const states = new Map([
    ['a', 'UPDATE_IN_PROGRESS'],
    ['b', 'REVIEW_IN_PROGRESS'],
    ['c', 'CREATE_COMPLETE'],
  ])
  expect(await waitForOthers(states, work, ui)).toBe(true)
  expect(done).toEqual(['waited: a'])
  expect(messages).toMatchObject([
    { text: expect.stringContaining('another deploy is in progress: a is UPDATE_IN_PROGRESS') },
  ])
})

test('a roll back that failed is gone on with; what stands in its way is left out only if that is wanted', async () => {
  for (const wanted of [true, false]) {
    const { done, ask, ui } = stage(wanted)
    const work = {
      remove: async () => {},
      continueRollback: async (stack: string, skip: readonly string[] = []) => {
        done.push(`${stack} without [${skip}]`)
        if (skip.length === 0) throw stuck
      },
    }
    const recovering = recoverStacks(new Map([['s', 'UPDATE_ROLLBACK_FAILED']]), work, ask, ui)
    if (wanted) await recovering
    else await expect(recovering).rejects.toBe(stuck)
    expect(done).toEqual([
      's without []',
      'asked: Role of s cannot be rolled back',
      ...(wanted ? ['s without [Role]'] : []),
    ])
  }
})

test('what could not be removed is removed before it is made again', async () => {
  const { done, ask, ui } = stage()
  const work = {
    remove: async (stack: string) => void done.push(`removed ${stack}`),
    continueRollback: async () => {},
  }
  const states = new Map([
    ['a', 'DELETE_FAILED'],
    ['b', 'ROLLBACK_COMPLETE'],
    ['c', 'REVIEW_IN_PROGRESS'],
  ])
  await recoverStacks(states, work, ask, ui)
  expect(done).toEqual(['removed a', 'removed c'])
})
