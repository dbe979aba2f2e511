import { expect, test } from 'vitest'
import { agentToml } from '../../core/project/testing/project-in-memory.ts'
import { projectToml, type Script, scriptedHost, usage } from './scripted-host.ts'

const ends =
  (body: Readonly<Record<string, unknown>>): Script =>
  ({ finish }) =>
    finish(body)

const staysUntilStopped: Script = async ({ log, stopped, finish }) => {
  log('assistant', { text: 'at work' })
  await stopped
  await finish({ outcome: 'killed' })
}

test('a run that completes ends in 0: what it said is shown, then how it ended and what it cost', async () => {
  const { ended } = await scriptedHost({
    dev: async ({ log, input, finish }) => {
      log('assistant', { text: `I was told ${JSON.stringify(input)}` })
      log('bash', { cmd: 'git status' })
      await finish({ outcome: 'completed', usage })
    },
  })
  const { code, stdout, stderr } = await ended('run', 'dev', '--input', '{"issue":7}')
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain('  I was told {"issue":7}')
  expect(stdout).toContain('$ git status')
  expect(stdout).toMatch(/✓ dev-[a-z0-9]{20} completed in \S+ \(1,234 tokens, \$0\.04\)/)
})

test.each([
  [{ outcome: 'error', code: 10, reason: 'no access' }, 10],
  [{ outcome: 'error', code: 11 }, 11],
  [{ outcome: 'error', code: 12 }, 12],
  [{ outcome: 'error', code: 13 }, 13],
  [{ outcome: 'error', code: 14 }, 14],
  [{ outcome: 'error', code: 15 }, 15],
  [{ outcome: 'error', code: 16 }, 16],
  [{ outcome: 'error', code: 124 }, 124],
  [{ outcome: 'error', code: 137 }, 137],
  [{ outcome: 'error', code: 1 }, 1],
  // Codes that al itself means something by.
  [{ outcome: 'error', code: 3 }, 1],
  [{ outcome: 'error' }, 1],
  [{ outcome: 'killed' }, 137],
])('a run that says %j ends in %i', async (said, expected) => {
  const { ended } = await scriptedHost({ dev: ends(said) })
  const { code, stdout } = await ended('run', 'dev')
  expect(code, stdout).toBe(expected)
  expect(stdout).toMatch(/✗ dev-\w+ (failed|killed|timed out)/)
  if ('reason' in said) expect(stdout).toContain(`: ${said.reason}`)
})

test('a run that asks to go on ends in 0, and what goes on is waited for, however that ends', async () => {
  let runs = 0
  const { ended } = await scriptedHost({
    dev: async ({ log, finish }) => {
      runs += 1
      log('assistant', { text: `part ${runs}` })
      await finish(runs < 3 ? { outcome: 'rerun', code: 42 } : { outcome: 'error', code: 15 })
    },
  })
  const { code, stdout, stderr } = await ended('run', 'dev', '--json')
  expect(code).toBe(0)
  expect(stderr).toContain('part 1')
  expect(stderr).toContain('it goes on as dev-')
  expect(stderr).toContain('part 3')
  const record = JSON.parse(stdout)
  expect(record).toMatchObject({ agentName: 'dev', outcome: 'rerun', reruns: [{ rerun: 1 }, { rerun: 2, code: 15 }] })
  expect(record.next).toBe(record.reruns[0].id)
})

test('with --json the record is alone on standard output', async () => {
  const { ended } = await scriptedHost({ dev: ends({ outcome: 'completed', usage }) })
  const { code, stdout, stderr } = await ended('run', 'dev', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ status: 'done', outcome: 'completed', usage: { totalTokens: 1234 } })
  expect(stderr).toContain('completed')
})

test('Ctrl-C stops the run and waits for its end', async () => {
  const { al, host } = await scriptedHost({ dev: staysUntilStopped })
  const run = al(['run', 'dev'])
  await run.printed('at work')
  run.signal('SIGINT')
  const { code, stderr, stdout } = await run.ended
  expect(code).toBe(137)
  expect(stderr).toContain('press Ctrl-C again to leave without waiting')
  expect(stdout).toMatch(/✗ dev-\w+ killed/)
  expect(stdout).not.toContain(': killed')
  expect((await host.plane.history('dev'))[0]).toMatchObject({ state: 'done', outcome: 'killed' })
})

test('a second Ctrl-C leaves at once', async () => {
  const end = Promise.withResolvers<void>()
  const { al } = await scriptedHost({
    dev: async ({ log, finish }) => {
      log('assistant', { text: 'deaf' })
      await end.promise
      await finish({ outcome: 'completed' })
    },
  })
  const run = al(['run', 'dev'])
  await run.printed('deaf')
  run.signal('SIGINT')
  await run.printed('again')
  run.signal('SIGINT')
  const { code, stderr } = await run.ended
  end.resolve()
  expect(code).toBe(130)
  expect(stderr).toContain('is stopping without being watched')
})

test('an unknown agent is refused with those there are, and the nearest', async () => {
  const { ended } = await scriptedHost({})
  const { code, stdout, stderr } = await ended('run', 'dve')
  expect([code, stdout]).toEqual([3, ''])
  expect(stderr).toBe('error: there is no agent "dve" (did you mean "dev"?): there is dev, review\n')
})

test('a busy agent is refused with what keeps it busy', async () => {
  const { al, ended } = await scriptedHost({ dev: staysUntilStopped })
  const first = al(['run', 'dev'])
  await first.printed('at work')
  const { code, stderr } = await ended('run', 'dev')
  expect(code).toBe(1)
  expect(stderr).toMatch(/agent "dev" is busy: 1 run of 1 at a time \(dev-\w{20}\); wait, or `al kill dev`/)
  first.signal('SIGINT')
  await first.ended
})

test('a paused agent, and one that is switched off, are refused with what to do', async () => {
  const { host, ended } = await scriptedHost(
    {},
    {
      'config.toml': projectToml,
      'agents/dev/agent-config.toml': agentToml,
      'agents/off/agent-config.toml': `scale = 0\n${agentToml}`,
    },
  )
  await host.plane.pauseAgent('dev')
  const paused = await ended('run', 'dev')
  expect([paused.code, paused.stderr]).toEqual([
    1,
    'error: agent "dev" is paused: `al resume dev` lets it start again\n',
  ])
  await host.plane.pauseProject()
  const all = await ended('run', 'dev')
  expect([all.code, all.stderr]).toEqual([1, 'error: the project is paused: `al resume` lets its agents start again\n'])
  await host.plane.resumeProject()
  const off = await ended('run', 'off')
  expect(off.code).toBe(1)
  expect(off.stderr).toContain('scale = 0')
})

test('input that is no JSON is a matter of usage; - reads it from standard input', async () => {
  const { ended, al } = await scriptedHost({
    dev: async ({ input, log, finish }) => {
      log('assistant', { text: `told ${JSON.stringify(input)}` })
      await finish({ outcome: 'completed' })
    },
  })
  const broken = await ended('run', 'dev', '--input', 'look here')
  expect(broken.code).toBe(2)
  expect(broken.stderr).toContain('--input is not JSON')
  const piped = await al(['run', 'dev', '--input', '-'], { stdin: '["a"]' }).ended
  expect(piped.code).toBe(0)
  expect(piped.stdout).toContain('told ["a"]')
})

test('what an agent prints cannot steer the terminal', async () => {
  const { ended } = await scriptedHost({
    dev: async ({ log, finish }) => {
      log('assistant', { text: 'before \u001b]0;title\u0007\u001b[2Jafter' })
      await finish({ outcome: 'error', code: 15, reason: '\u001b[31mred' })
    },
  })
  const { stdout } = await ended('run', 'dev')
  expect(stdout).toContain('before after')
  expect(stdout).not.toContain('\u001b')
})

test('a host that goes away while a run is on is told of, with where to look', async () => {
  const { al, host } = await scriptedHost({
    dev: async ({ log, stopped }) => {
      log('assistant', { text: 'at work' })
      await stopped
    },
  })
  const run = al(['run', 'dev'])
  await run.printed('at work')
  await host.close()
  const { code, stderr } = await run.ended
  expect(code).toBe(1)
  expect(stderr).toMatch(/the host went away while dev-\w+ ran; .*al logs dev-/)
})
