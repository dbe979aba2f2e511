import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { logWriter } from '../../functions/local/logs/write-logs.ts'
import { scriptedHost } from './scripted-host.ts'

const one = `dev-${'1'.repeat(20)}`
const two = `dev-${'2'.repeat(20)}`
const noon = new Date(2026, 4, 7, 12, 30, 5).getTime()

async function withLogs() {
  const made = await scriptedHost({})
  let now = noon
  const onFailure = (error: unknown) => {
    throw error
  }
  const writer = logWriter({ root: join(made.directory, '.al/logs'), now: () => now, onFailure })
  const write = (time: number, msg: string, fields: Readonly<Record<string, unknown>> = {}, level = 30) => {
    now = time
    writer.write('dev', { level, time, msg, ...fields })
  }
  write(noon, 'container starting', { agentName: 'dev', instance: one })
  write(noon, 'event', { type: 'x', instance: one }, 20)
  write(noon, 'assistant', { text: 'I look\nfor work', instance: one })
  write(noon, 'tool start', { tool: 'bash', instance: one }, 20)
  write(noon, 'bash', { cmd: 'git pull', instance: one })
  write(noon, 'tool start', { tool: 'read', path: 'a.md', instance: one }, 20)
  const result = JSON.stringify({ content: [{ type: 'text', text: `fatal: ${'x'.repeat(1000)}` }] })
  write(noon, 'tool error', { tool: 'bash', cmd: 'git pull', result, instance: one }, 50)
  write(noon, 'rate limited, retrying prompt', { attempt: 1, instance: one }, 40)
  write(noon + 86_400_000, 'assistant', { text: 'another day', instance: two })
  return made
}

test('the story of a run: what is said, commands, failures, and no noise', async () => {
  const { ended } = await withLogs()
  const { code, stdout, stderr } = await ended('logs', 'dev')
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout.split('\n').slice(0, 9)).toEqual([
    '',
    expect.stringMatching(`^── ${one} · 2026-05-07 12:30:05 ─+$`),
    '12:30:05 container starting  agentName=dev',
    '  I look',
    '  for work',
    '$ git pull',
    '▸ read a.md',
    '✗ bash failed: git pull',
    `  fatal: ${'x'.repeat(293)}`,
  ])
  expect(stdout).toContain('12:30:05 ! rate limited, retrying prompt  attempt=1')
  expect(stdout).toContain(`── ${two} · 2026-05-08`)
  expect(stdout).not.toContain('event')
})

test('--raw is every entry with all of its fields, --json an object a line', async () => {
  const { ended } = await withLogs()
  const raw = (await ended('logs', 'dev', '--raw')).stdout.split('\n')
  expect(raw[1]).toBe(`12:30:05 DEBUG [${one}] event {"type":"x"}`)
  expect(raw).toHaveLength(10)
  const lines = (await ended('logs', 'dev', '--json')).stdout.trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { msg: 'container starting', instance: one, level: 30, time: noon },
    { msg: 'event', level: 20 },
    { msg: 'assistant', text: 'I look\nfor work' },
    { msg: 'tool start' },
    { msg: 'bash' },
    { msg: 'tool start' },
    { msg: 'tool error' },
    { msg: 'rate limited, retrying prompt' },
    { msg: 'assistant', instance: two },
  ])
})

test('-n counts what is shown, -i and an id choose a run, -d a day', async () => {
  const { ended } = await withLogs()
  const last = (await ended('logs', 'dev', '-n', '2')).stdout
  expect(last).not.toContain('git pull')
  expect(last).toContain('rate limited')
  for (const args of [
    [two],
    ['dev', '-i', two],
    ['dev', '-i', '2'.repeat(20)],
    ['-i', two],
    ['dev', '-d', '2026-05-08'],
  ]) {
    const { stdout } = await ended('logs', ...args)
    expect(stdout).toContain('another day')
    expect(stdout).not.toContain(one)
  }
  const { code, stderr } = await ended('logs', 'dev', '-d', '2026-05-09')
  expect([code, stderr]).toEqual([0, 'no log of agent "dev" on 2026-05-09\n'])
})

test.each([
  [['dev', '-d', '2026-02-30'], 'is no day: write it as 2026-11-21'],
  [['dev', '-d', 'today'], 'is no day'],
  [['dev', '-n', '0'], 'a whole number from 1 to 1000'],
  [['dev', '-i', 'xyz'], 'is no run of agent "dev"'],
  [['dev', '-f', '-d', '2026-05-07'], 'leave one of them out'],
])('%j is a matter of usage', async (args, message) => {
  const { ended } = await scriptedHost({})
  const { code, stderr } = await ended('logs', ...args)
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
})

test('where the host gives no log, that is said, and no file is shown in its place', async () => {
  const { ended, credentials } = await withLogs()
  expect((await ended('logs', 'dev')).stdout).toContain('git pull')
  writeFileSync(join(credentials, 'gateway_api_key/default/key'), 'another-key')
  const { code, stdout, stderr } = await ended('logs', 'dev')
  expect([code, stdout]).toEqual([4, ''])
  expect(stderr).toContain('does not accept the key')
})

test('an agent that never was is told from one that has said nothing', async () => {
  const { ended } = await scriptedHost({})
  const silent = await ended('logs', 'dev')
  expect([silent.code, silent.stderr]).toEqual([0, 'no log of agent "dev"\n'])
  const unknown = await ended('logs', 'dve')
  expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringContaining('did you mean "dev"?')])
})

test('nobody waits for the log of an agent or a run that never was', async () => {
  const { ended, al, writer } = await scriptedHost({})
  const agent = await ended('logs', 'dve', '-f')
  expect([agent.code, agent.stderr]).toEqual([3, expect.stringContaining('did you mean "dev"?')])
  for (const more of [[], ['-f']]) {
    const run = await ended('logs', one, ...more)
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining(`there is no run "${one}"`)])
  }
  const silent = al(['logs', 'dev', '-f'])
  await silent.printed('no log of agent "dev" yet: what comes is shown; Ctrl-C leaves')
  writer.write('dev', { level: 30, time: noon, msg: 'assistant', text: 'here it comes', instance: one })
  await silent.printed('here it comes')
  silent.signal('SIGINT')
  expect((await silent.ended).code).toBe(0)
})

test('-f shows what comes, once each, until Ctrl-C', async () => {
  const { al, writer } = await scriptedHost({})
  const entry = (text: string) => ({ level: 30, time: Date.now(), msg: 'assistant', text, instance: one })
  writer.write('dev', entry('before'))
  const logs = al(['logs', 'dev', '-f'])
  await logs.printed('before')
  writer.write('dev', entry('during'))
  await logs.printed('during')
  writer.write('dev', entry('later'))
  await logs.printed('later')
  logs.signal('SIGINT')
  const { code, stdout } = await logs.ended
  expect(code).toBe(0)
  expect(stdout.match(/before|during|later/g)).toEqual(['before', 'during', 'later'])
})

test('-f ends when nobody reads any more', async () => {
  const { directory, credentials, writer } = await scriptedHost({})
  const say = () =>
    writer.write('dev', { level: 30, time: Date.now(), msg: 'assistant', text: 'on and on', instance: one })
  say()
  const talk = setInterval(say, 200)
  onTestFinished(() => clearInterval(talk))
  const env = { ...process.env, AL_CREDENTIALS_HOME: credentials }
  const command = `'${process.execPath}' '${resolve('cli/main.ts')}' logs dev -f | head -n 2`
  const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: directory, env, timeout: 30_000 })
  expect(stdout).toContain(one)
})

test('-f of a run ends with the run', async () => {
  const go = Promise.withResolvers<void>()
  const { al, host } = await scriptedHost({
    dev: async ({ log, finish }) => {
      log('assistant', { text: 'at work' })
      await go.promise
      log('assistant', { text: 'last words' })
      await finish({ outcome: 'completed' })
    },
  })
  const triggered = await host.plane.trigger({ agent: 'dev', trigger: { kind: 'manual' }, whenBusy: 'refuse' })
  const logs = al(['logs', '-f', 'run' in triggered ? (triggered.run ?? '') : ''])
  await logs.printed('at work')
  go.resolve()
  const { code, stdout } = await logs.ended
  expect([code, stdout]).toEqual([0, expect.stringContaining('last words')])
})

test('the scheduler is what is shown without a name', async () => {
  const { ended, writer } = await scriptedHost({})
  writer.write(undefined, { level: 30, time: noon, msg: 'tick', agent: 'dev', kind: 'started' })
  expect((await ended('logs')).stdout).toContain('12:30:05 tick  agent=dev kind=started\n')
  expect((await ended('logs', 'scheduler', '--raw')).stdout).toContain('INFO  tick {"agent":"dev","kind":"started"}')
})
