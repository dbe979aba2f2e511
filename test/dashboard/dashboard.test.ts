import { describe, expect, test } from 'vitest'
import { hasTmux } from '../support/terminal.ts'
import { agent, agents, statusOf } from './agents.ts'
import { openTerminal } from './terminal.ts'

if (!hasTmux) console.warn('the terminal view is not tested: there is no tmux')

describe.skipIf(!hasTmux)('the terminal view', () => {
  const minute = 60_000
  const dev = () =>
    agent('dev', {
      scale: 2,
      runningCount: 1,
      statusText: 'reading the issue',
      lastRunAt: Date.now() - 5.5 * minute,
      lastRunDuration: 125_000,
      lastRunUsage: { totalTokens: 12_345, cost: 0.04 },
      nextRunAt: Date.now() + 4.5 * minute,
    })

  test('shows how images come to be, and then what agents do', async () => {
    using terminal = openTerminal(
      statusOf([dev(), agent('planner', { lastRunAt: Date.now(), lastError: 'exit code 7' })]),
    )
    terminal.happens(
      { kind: 'image', key: 'base', state: 'ready' },
      { kind: 'image', key: 'dev', state: 'building', detail: '3/7' },
      { kind: 'image', key: 'planner', state: 'waiting' },
    )
    expect(await terminal.see('dev  3/7')).toMatch(/✓ base\n [⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] dev {2}3\/7\n ○ planner\n/)
    terminal.happens(
      { kind: 'image', key: 'planner', state: 'failed', detail: 'npm ci failed' },
      { kind: 'image', key: 'dev', state: 'ready' },
    )
    expect(await terminal.see('✗ planner  npm ci failed')).toContain('✓ dev')
    const screen = await terminal.see('AGENT')
    expect(screen).toMatch(/^acme \(dev\) · runtime docker · 1 running · 2 agents/)
    expect(screen).toContain('http://127.0.0.1:8080 · webhooks /webhooks/github /webhooks/linear')
    expect(screen).toMatch(/❯ dev +Running 1\/2 +✓ 5 min ago +2m 5s +12\.3k +\$0\.04 +in 4 min\n {4}reading the issue/)
    expect(screen).toMatch(/planner +Idle +✗ (now|\d+ s ago)\n {4}no image: npm ci failed/)
  })

  test('says what is paused, off, queued and failed, and which model refuses', async () => {
    const all = [
      agent('a', { enabled: false }),
      agent('b', { enabled: false, scale: 0 }),
      agent('c', { queuedWebhooks: 3 }),
      agent('d', { lastRunAt: Date.now(), lastError: 'exit code 7' }),
    ]
    const blocked = { 'anthropic/claude': { until: Date.now() + 10.5 * minute } }
    using terminal = openTerminal(statusOf(all, { paused: true, blocked }))
    const screen = await terminal.see('exit code 7')
    expect(screen).toContain('PAUSED')
    expect(screen).toContain('anthropic/claude refuses: nothing starts on it, next attempt in 10 min')
    for (const row of [/a +Paused/, /b +Off/, /c +Queued 3/, /d +Idle +✗/]) expect(screen).toMatch(row)
  })

  test('asks the host what a key stands for, and tells its answer', async () => {
    using terminal = openTerminal(
      statusOf([agent('dev', { runningCount: 2, scale: 2 }), agent('off'), agent('stubborn')]),
    )
    await terminal.see('❯ dev')
    terminal.press('r')
    await terminal.see('run is done')
    terminal.press('Space')
    await terminal.see('pause is done')
    terminal.press('p')
    await terminal.see('pause-all is done')
    terminal.status(
      statusOf([agent('dev', { runningCount: 2, scale: 2, enabled: false }), agent('stubborn')], { paused: true }),
    )
    await terminal.see(/dev +Paused 2\/2/)
    terminal.press('Space')
    await terminal.see('resume is done')
    terminal.press('p')
    await terminal.see('resume-all is done')
    terminal.press('Down')
    await terminal.see('❯ stubborn')
    terminal.press('r')
    await terminal.see('stubborn will not')
    expect(terminal.asked()).toEqual(['run dev', 'pause dev', 'pause-all', 'resume dev', 'resume-all', 'run stubborn'])
  })

  test('kills runs after a yes, and after nothing else', async () => {
    using terminal = openTerminal(statusOf([agent('dev', { runningCount: 2, scale: 2 }), agent('idle')]))
    await terminal.see('❯ dev')
    for (const no of ['n', 'Enter', 'Escape', 'x']) {
      terminal.press('x')
      await terminal.see('kill 2 runs of dev? y/n')
      terminal.press(no)
      await terminal.see((screen) => !screen.includes('y/n'))
    }
    expect(terminal.asked()).toEqual([])
    terminal.press('x', 'y')
    await terminal.see('kill is done')
    expect(terminal.asked()).toEqual(['kill dev-run0', 'kill dev-run1'])
    terminal.press('j', 'x')
    await terminal.see('idle has no run to kill')
  })

  test('leaves stopping to the host, and tells what it waits for', async () => {
    using terminal = openTerminal(statusOf([dev()]))
    await terminal.see('❯ dev')
    terminal.press('q')
    await terminal.until(() => terminal.asked().length === 1)
    terminal.happens({ kind: 'stopping', waiting: 2 })
    await terminal.see('stopping: waiting for 2 runs; press Ctrl-C again to stop them')
    terminal.press('C-c')
    await terminal.until(() => terminal.asked().length === 2)
    expect(terminal.asked()).toEqual(['stop', 'stop'])
  })

  test('takes a paste for text, not for keys', async () => {
    using terminal = openTerminal(statusOf([dev()]))
    await terminal.see('❯ dev')
    terminal.paste('xyrpq')
    terminal.press('r')
    await terminal.see('run is done')
    expect(terminal.asked()).toEqual(['run dev'])
  })

  test('gives agents no way to move the cursor, to colour or to break a line', async () => {
    const evil = '\u001b[2J\u001b[1;1Hgone\u001b[31m\r\n\u001b]0;title\u0007\u009b2J\ttext'
    using terminal = openTerminal(statusOf([{ ...dev(), statusText: `status ${evil}` }]))
    terminal.happens({ kind: 'line', time: 0, agent: 'dev', level: 'info', text: `line ${evil}` })
    const screen = await terminal.see('line gone')
    expect(screen).toMatch(/^acme/)
    expect(screen).toContain('\n    status gone text\n')
    expect(screen).toContain('\n00:00:00 dev: line gone text\n')
    expect(terminal.lines('styles').join('\n')).not.toContain('\u001b[31m')
  })

  test('fits 60 columns and 15 rows, and the selected of 200 agents stays on the screen', async () => {
    using terminal = openTerminal(statusOf(agents(200)), { columns: 60, rows: 15 })
    for (let i = 0; i < 20; i++)
      terminal.happens({ kind: 'line', time: 0, level: 'info', text: `${i} ${'word '.repeat(50)}` })
    await terminal.see('00:00:00 19 word')
    for (const [key, name] of [
      ['j', 'worker-002'],
      ['NPage', 'worker-012'],
      ['End', 'worker-200'],
      ['Up', 'worker-199'],
      ['Home', 'worker-001'],
    ] as const) {
      terminal.press(key)
      const screen = await terminal.see(`❯ ${name}`)
      const lines = screen.split('\n')
      expect(lines).toHaveLength(15)
      expect(lines[0]).toMatch(/^acme/)
      expect(lines.at(-1)).toMatch(/^↑↓ select .* q stop$/)
      expect(screen).toMatch(/─ agents \d+ to \d+ of 200 ─/)
    }
  })

  test('redraws after every change of size without leaving anything behind', async () => {
    using terminal = openTerminal(statusOf(agents(40)))
    await terminal.see('worker-005')
    for (const [columns, rows] of [
      [60, 15],
      [140, 40],
      [80, 12],
      [61, 50],
    ] as const) {
      terminal.resize(columns, rows)
      await terminal.see((screen) => screen.split('\n').length === rows && /^acme.*q stop$/s.test(screen))
      await terminal.reads(1)
      const screen = terminal.lines()
      expect(screen.filter((line) => /^acme|q stop$|AGENT/.test(line))).toHaveLength(3)
      const names = screen.flatMap((line) => /worker-\d+/.exec(line)?.[0] ?? [])
      expect(names).toEqual([...new Set(names)].sort())
    }
  })

  test('does not write what has not changed, and never clears the screen', async () => {
    using terminal = openTerminal(statusOf(agents(200)))
    await terminal.see('worker-005')
    await terminal.reads(1)
    terminal.forget()
    await terminal.reads(3)
    expect(terminal.sent()).toBe('')
    terminal.status(statusOf([agent('worker-001', { queuedWebhooks: 7 }), ...agents(200).slice(1)]))
    await terminal.see('Queued 7')
    await terminal.until(() => terminal.sent().includes('Queued 7'))
    expect(terminal.sent()).not.toMatch(/worker-00[2-9]/)
    for (const erase of ['J', '0J', '1J', '2J', '3J']) expect(terminal.sent()).not.toContain(`\u001b[${erase}`)
  })

  test('says that the state cannot be read, keeps the last one, and goes on', async () => {
    using terminal = openTerminal(undefined)
    expect(await terminal.see('cannot read the state: ENOENT')).toMatch(/q stop$/)
    terminal.status(statusOf([dev()]))
    await terminal.see((screen) => screen.includes('❯ dev') && !screen.includes('cannot'))
    terminal.loseStatus()
    expect(await terminal.see('cannot read the state: ENOENT')).toContain('❯ dev')
  })

  test('gives the terminal back when it is closed', async () => {
    using terminal = openTerminal(statusOf([dev()]))
    await terminal.see('❯ dev')
    terminal.happens('close')
    const screen = await terminal.see(/exit code 0\nready\$$/m)
    expect(screen).toContain('the view is closed')
    expect(screen).not.toContain('acme (dev)')
    terminal.press('echo visible $((6*7))', 'Enter')
    await terminal.see(/^visible 42$/m)
  })

  test('gives the terminal back before an error that nobody caught is printed', async () => {
    using terminal = openTerminal(statusOf([dev()]))
    await terminal.see('❯ dev')
    terminal.happens('crash')
    const screen = await terminal.see(/exit code 1\nready\$$/m)
    expect(screen).toContain('Error: a bug in the host')
    terminal.press('echo visible $((6*7))', 'Enter')
    await terminal.see(/^visible 42$/m)
  })

  test('draws in ASCII where the locale is not UTF-8', async () => {
    using terminal = openTerminal(
      statusOf([{ ...dev(), statusText: `世界 ${'ü'.repeat(300)}` }, agent('x'.repeat(60))]),
      {
        env: { LANG: 'C' },
      },
    )
    terminal.happens({ kind: 'line', time: 0, level: 'info', text: 'größer' })
    const screen = await terminal.see('gr??er')
    expect(screen).toContain('> dev')
    expect(screen).toMatch(/^\p{ASCII}*$/u)
  })

  test('uses no colours where NO_COLOR is set', async () => {
    const failing = agent('failing', { lastError: 'exit code 7', lastRunAt: 0 })
    const colored = /\[(?:\d+;)*(?:3|4|9|10)[0-7](?:;\d+)*m/
    for (const [value, expected] of [
      ['', true],
      ['1', false],
    ] as const) {
      using terminal = openTerminal(statusOf([dev(), failing], { paused: true }), { env: { NO_COLOR: value } })
      await terminal.see('exit code 7')
      expect(colored.test(terminal.lines('styles').join('\n'))).toBe(expected)
    }
  })

  test('shows what it can where standard input is no terminal', async () => {
    using terminal = openTerminal(statusOf([dev()]), { input: '/dev/null' })
    await terminal.see('❯ dev')
    terminal.happens('close')
    await terminal.see(/exit code 0\nready\$$/m)
  })
})
