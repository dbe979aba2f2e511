import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AgentStatus, DashboardOptions, Status } from './options.ts'
import { screen } from './screen.ts'
import { initialState, type State, withEvent, withSelection, withStatus, withTime } from './state.ts'
import { symbolsFor } from './symbols.ts'

const symbols = symbolsFor({ LANG: 'C.UTF-8' }, 'linux')
const nothing = async () => ''
const options: DashboardOptions = {
  title: { project: 'acme', environment: 'dev', runtime: 'docker' },
  url: 'http://127.0.0.1:8080',
  webhookUrls: [],
  status: () => Promise.reject(new Error('not asked')),
  events: () => () => {},
  actions: {
    pauseAgent: nothing,
    resumeAgent: nothing,
    pauseAll: nothing,
    resumeAll: nothing,
    runAgent: nothing,
    killRun: nothing,
    stop: () => {},
  },
}

const count = fc.nat({ max: 2000 })
const time = fc.option(fc.nat({ max: 10 ** 12 }))
const agent: fc.Arbitrary<AgentStatus> = fc.record({
  name: fc.stringMatching(/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/),
  enabled: fc.boolean(),
  scale: count,
  runningCount: count,
  queuedWebhooks: count,
  statusText: fc.option(fc.string()),
  nextRunAt: time,
  lastRunAt: time,
  lastRunDuration: time,
  lastError: fc.option(fc.string()),
  lastRunUsage: fc.option(fc.record({ totalTokens: count, cost: fc.float({ min: 0, max: 9999, noNaN: true }) })),
})
const status: fc.Arbitrary<Status> = fc.record({
  scheduler: fc.record({
    paused: fc.boolean(),
    blocked: fc.dictionary(fc.string(), fc.record({ until: count })),
    cronJobCount: count,
  }),
  agents: fc.uniqueArray(agent, { selector: ({ name }) => name, maxLength: 40 }),
  instances: fc.constant([]),
})
const now = 10 ** 12

const textOf = (lines: ReturnType<typeof screen>): string[] =>
  lines.map((spans) =>
    spans
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  )

function withLines(state: State, lines: number): State {
  let next = state
  for (let i = 0; i < lines; i++) next = withEvent(next, { kind: 'line', time: now, level: 'info', text: `line ${i}` })
  return next
}

describe('the screen', () => {
  test('has a line for each row, whatever is on it and however small it is', () => {
    fc.assert(
      fc.property(
        status,
        fc.nat({ max: 150 }),
        fc.integer({ min: 1, max: 80 }),
        count,
        (read, columns, rows, lines) => {
          const state = withLines(withStatus(initialState(options, now), read, now), lines % 50)
          expect(screen(state, { columns, rows }, symbols)).toHaveLength(rows)
        },
      ),
    )
  })

  test('shows the row of the selected agent, and rows of the table that fit, from 60 columns and 15 rows on', () => {
    const size = fc.record({ columns: fc.integer({ min: 60, max: 200 }), rows: fc.integer({ min: 15, max: 60 }) })
    fc.assert(
      fc.property(status, size, fc.nat({ max: 40 }), count, (read, { columns, rows }, down, lines) => {
        const quiet = { ...read, scheduler: { ...read.scheduler, blocked: {} } }
        const before = withLines(withStatus(initialState(options, now), quiet, now), lines % 50)
        const state = withSelection(before, down)
        const drawn = textOf(screen(state, { columns, rows }, symbols))
        const chosen = drawn.filter((text) => text.startsWith(symbols.selected))
        expect(chosen).toHaveLength(Math.min(1, read.agents.length))
        for (const row of chosen) expect(row.length).toBeLessThanOrEqual(columns)
      }),
    )
  })

  test('keeps agents in their order and shows each once', () => {
    fc.assert(
      fc.property(status, fc.integer({ min: 15, max: 60 }), fc.nat({ max: 40 }), (read, rows, down) => {
        const state = withSelection(withStatus(initialState(options, now), read, now), down)
        const drawn = textOf(screen(state, { columns: 200, rows }, symbols))
        const names = drawn.flatMap((text) => /^[❯ ] ([a-z][a-z0-9-]+) /.exec(text)?.[1] ?? [])
        const from = read.agents.findIndex(({ name }) => name === names[0])
        const expected = read.agents.slice(Math.max(0, from), Math.max(0, from) + names.length)
        expect(names).toEqual(expected.map(({ name }) => name))
      }),
    )
  })

  test('shows first the images that need attention, and counts the rest', () => {
    let state = initialState(options, now)
    for (let i = 0; i < 50; i++) state = withEvent(state, { kind: 'image', key: `agent-${i}`, state: 'waiting' })
    state = withEvent(state, { kind: 'image', key: 'agent-40', state: 'failed', detail: 'no such base' })
    state = withEvent(state, { kind: 'image', key: 'agent-30', state: 'building', detail: '2/9' })
    const drawn = textOf(screen(state, { columns: 80, rows: 15 }, symbols)).join('\n')
    expect(drawn).toMatch(/✗ agent-40 {2}no such base\n . agent-30 {2}2\/9\n/)
    expect(drawn).toMatch(/and \d+ waiting/)
  })

  test('belongs to the agents again while a reload builds an image', () => {
    const read: Status = { scheduler: { paused: false, blocked: {}, cronJobCount: 0 }, agents: [], instances: [] }
    const built = withEvent(initialState(options, now), { kind: 'image', key: 'dev', state: 'ready' })
    const later = withTime(withStatus(built, read, now), now + 2000)
    const again = withEvent(later, { kind: 'image', key: 'dev', state: 'building', detail: '1/2' })
    const drawn = textOf(screen(again, { columns: 80, rows: 15 }, symbols)).join('\n')
    expect(drawn).toContain('dev: image building: 1/2')
    expect(drawn).toContain('x kill')
  })
})

test('what the host says is never cut off, however narrow the terminal: a link, the end of an error', () => {
  const link = `log in once: http://127.0.0.1:8080/login#${'x'.repeat(40)}`
  const error = 'the change is not in use: a problem in /home/me/acme\n  config.toml:41 webhooks.gh.foo: unknown key'
  const said = (columns: number) => {
    const start = initialState(options, 0)
    const told = withEvent(start, { kind: 'line', time: 0, level: 'info', text: link })
    const both = withEvent(told, { kind: 'line', time: 0, level: 'error', text: error })
    const lines = screen(both, { columns, rows: 40 }, symbols).map((line) => line.map(({ text }) => text).join(''))
    for (const line of lines.slice(3)) expect(line.length).toBeLessThanOrEqual(columns)
    return lines.join('').replaceAll(/\s/g, '')
  }
  for (const columns of [30, 40, 80, 200]) {
    expect(said(columns)).toContain(link.replaceAll(' ', ''))
    expect(said(columns)).toContain('config.toml:41webhooks.gh.foo:unknownkey')
  }
})
