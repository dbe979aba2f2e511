import { expect, test } from 'vitest'
import type { Change } from './change.ts'
import { phasesOf } from './phases.ts'

type Kind = Change['stacks'][number]['kind']
const change = (stacks: Readonly<Record<string, Kind>>, moves: readonly [string, 'add' | 'remove', string][]) => ({
  stacks: Object.entries({ control: 'update' as Kind, ...stacks }).map(([stack, kind]) => ({ stack, kind })),
  resources: moves.map(([stack, kind, agent]) => ({
    stack,
    kind,
    agent,
    logicalId: 'x',
    type: 'AWS::IAM::Role',
    part: 'Role',
    properties: [],
  })),
})

test('agents that stay where they are take one phase; stacks nobody needs go last', () => {
  const one = change({ a0: 'update', a1: 'create', a2: 'delete', a3: 'none' }, [['a1', 'add', 'new']])
  expect(phasesOf(one, 'control')).toEqual([
    { deploy: ['a0', 'a1'], remove: [] },
    { deploy: [], remove: ['a2'] },
  ])
})

test('more stacks: an agent leaves the old one before it comes into the new one', () => {
  const moves = [
    ['a0', 'remove', 'dev'],
    ['a1', 'add', 'dev'],
  ] as const
  expect(
    phasesOf(
      change(
        { a0: 'update', a1: 'create' },
        [...moves].map((m) => [...m]),
      ),
      'control',
    ),
  ).toEqual([
    { deploy: ['a0'], remove: [] },
    { deploy: ['a1'], remove: [] },
  ])
})

test('fewer stacks: the old one goes before its agents come into another', () => {
  const moves: [string, 'add' | 'remove', string][] = [
    ['a1', 'remove', 'dev'],
    ['a0', 'add', 'dev'],
  ]
  expect(phasesOf(change({ a0: 'update', a1: 'delete' }, moves), 'control')).toEqual([
    { deploy: [], remove: ['a1'] },
    { deploy: ['a0'], remove: [] },
  ])
})

test('a new revision within a stack is no move', () => {
  const moves: [string, 'add' | 'remove', string][] = [
    ['a0', 'remove', 'dev'],
    ['a0', 'add', 'dev'],
  ]
  expect(phasesOf(change({ a0: 'update' }, moves), 'control')).toEqual([{ deploy: ['a0'], remove: [] }])
})
