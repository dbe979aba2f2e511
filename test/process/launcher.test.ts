import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { ContainerEnd } from '../../core/scheduler/container-ended.ts'
import type { LaunchOrder, RunningContainer } from '../../core/scheduler/launcher.ts'
import { newSuffix } from '../../core/scheduler/run.ts'
import type { MachineLauncher, OutputLine } from '../../functions/launchers/machine/machine-launcher.ts'
import { processLauncher } from '../../functions/launchers/process/launcher.ts'
import { agent as rule } from '../support/plane.ts'
import { tempDirectory } from '../support/temp-project.ts'

/** A machine with a launcher, whose agents are a small program each. */
function machine(program: string) {
  const directory = tempDirectory()
  const entry = join(directory, 'entry.mjs')
  writeFileSync(entry, program)
  const stateDirectory = join(directory, 'runs')
  const lines: OutputLine[] = []
  const ends: ContainerEnd[] = []
  const logged: string[] = []
  const open = (): MachineLauncher =>
    processLauncher({
      entry,
      stateDirectory,
      gatewayUrl: 'http://127.0.0.1:9',
      secretsOf: async () => [{ type: 'github_token', instance: 'default', field: 'token', value: 'ghp-canary' }],
      containerEnded: async (end) => {
        ends.push(end)
      },
      onLine: (line) => lines.push(line),
      log: (level, message) => logged.push(`${level}: ${message}`),
    })
  let launcher = open()
  const order = (name = 'dev'): LaunchOrder => {
    const suffix = newSuffix(Date.now(), randomBytes)
    return {
      agent: rule(name, { compute: 'process' }),
      run: `${name}-${suffix}`,
      suffix,
      attempt: 1,
      ticket: 'the-ticket',
    }
  }
  const stop = ({ agent, run, suffix, attempt }: LaunchOrder) =>
    launcher.stop({ agent: agent.name, run, suffix, attempt, compute: 'process', reason: 'a test' })
  const started: LaunchOrder[] = []
  onTestFinished(async () => {
    await Promise.all(started.map(stop))
    await launcher.close()
  })
  return {
    lines,
    ends,
    logged,
    stateDirectory,
    stop,
    order,
    printed: () => lines.map(({ line }) => line),
    async launch(what: LaunchOrder) {
      started.push(what)
      return await launcher.launch(what)
    },
    async running(): Promise<RunningContainer[]> {
      const found: RunningContainer[] = []
      for await (const one of launcher.running()) found.push(one)
      return found
    },
    async reopen() {
      await launcher.close()
      launcher = open()
    },
    adopt: () => launcher.adopt(),
  }
}

const until = (what: () => unknown) => expect.poll(what, { timeout: 15_000, interval: 20 })

const says = (text: string) => `console.log(${JSON.stringify(text)})`
const stays = `${says('up')}; setInterval(() => {}, 1e6)`

test('an agent without a container is told of, once, when the launcher is made', async () => {
  const one = machine('')
  await one.launch(one.order())
  await until(() => one.ends.length).toBe(1)
  expect(one.logged).toEqual([
    'warn: agents run as processes of this user, without isolation: they can read and change whatever you can',
  ])
})

test('it has a private directory, its secrets, its name and no variable of the user’s; nothing is left of it', async () => {
  process.env.AL_TEST_CANARY = 'canary'
  onTestFinished(() => {
    delete process.env.AL_TEST_CANARY
  })
  const one = machine(`
    import { readFileSync, statSync } from 'node:fs'
    const { AL_WORK_DIR: work, AL_CREDENTIALS_DIR: credentials } = process.env
    const file = credentials + '/github_token/default/token'
    const mode = (path) => (statSync(path).mode & 0o777).toString(8)
    console.log(JSON.stringify({ env: process.env, cwd: process.cwd(), work: mode(work), directory: mode(credentials), file: mode(file), value: readFileSync(file, 'utf8'), pid: process.pid }))
    console.error('to the other stream')
    process.exit(14)`)
  const order = one.order()
  expect(await one.launch(order)).toEqual({ kind: 'started' })
  await until(() => one.ends.length).toBe(1)
  const printed = one.lines.find(({ stream }) => stream === 'stdout')?.line ?? '{}'
  const { env, cwd, pid, ...seen } = JSON.parse(printed)
  expect(seen).toEqual({ work: '700', directory: '700', file: '600', value: 'ghp-canary' })
  expect(env).toMatchObject({ AL_RUN_ID: order.run, AL_TICKET: 'the-ticket', AL_ATTEMPT: '1', AL_WORK_DIR: cwd })
  expect(env).not.toHaveProperty('AL_TEST_CANARY')
  expect(env.AL_CONTAINER).toMatch(new RegExp(`^pid-${pid}-`))
  expect(one.ends).toEqual([
    { agent: 'dev', suffix: order.suffix, attempt: 1, container: env.AL_CONTAINER, code: 14, reason: undefined },
  ])
  expect(one.lines.find(({ stream }) => stream === 'stderr')?.line).toBe('to the other stream')
  await until(() => existsSync(cwd)).toBe(false)
  await until(() => readdirSync(one.stateDirectory)).toEqual([])
})

test('an attempt is launched once', async () => {
  const one = machine(stays)
  const order = one.order()
  const answers = await Promise.all([one.launch(order), one.launch(order)])
  expect(answers).toEqual([{ kind: 'started' }, { kind: 'started' }])
  await until(() => one.printed()).toEqual(['up'])
  expect(await one.running()).toMatchObject([{ agent: 'dev', suffix: order.suffix, attempt: 1, compute: 'process' }])
})

test('one that ignores SIGTERM is gone within 5 s, with everything it has started', async () => {
  const one = machine(`
    import { spawn } from 'node:child_process'
    process.on('SIGTERM', () => {})
    const child = spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], { stdio: 'inherit' })
    console.log(child.pid); setInterval(() => {}, 1e6)`)
  const order = one.order()
  await one.launch(order)
  await until(() => one.printed().length).toBe(1)
  const tool = Number(one.printed()[0])
  const before = performance.now()
  await one.stop(order)
  expect(performance.now() - before).toBeLessThan(5000)
  await until(() => one.ends).toMatchObject([{ suffix: order.suffix, code: 137 }])
  await until(() => existsSync(`/proc/${tool}/cmdline`) && readFileSync(`/proc/${tool}/cmdline`, 'utf8') !== '').toBe(
    false,
  )
  await one.stop(order)
})

test('stopped while it is being launched, it does not go on', async () => {
  const one = machine(stays)
  const order = one.order()
  const launched = one.launch(order)
  await one.stop(order)
  await launched
  await until(() => readdirSync(one.stateDirectory)).toEqual([])
  expect(await one.running()).toEqual([])
})

test('the next host hears the lines and the end of what runs, each line once', async () => {
  const one = machine(`
    import { existsSync } from 'node:fs'
    console.log('one')
    setInterval(() => { if (existsSync('go')) { console.log('two'); process.exit(12) } }, 20)`)
  const order = one.order()
  await one.launch(order)
  await until(() => one.printed()).toEqual(['one'])
  const [before] = await one.running()
  const record = JSON.parse(readFileSync(join(one.stateDirectory, `${order.suffix}-1`, 'process.json'), 'utf8'))
  await one.reopen()
  await one.adopt()
  expect(await one.running()).toEqual([before])
  writeFileSync(join(record.work, 'go'), '')
  await until(() => one.ends).toMatchObject([{ suffix: order.suffix, container: before?.container }])
  expect(one.printed()).toEqual(['one', 'two'])
  expect(existsSync(record.work)).toBe(false)
})

test('a number that another process has now is not taken for the agent', async () => {
  const one = machine(stays)
  const order = one.order()
  await one.launch(order)
  await until(() => one.printed()).toEqual(['up'])
  const file = join(one.stateDirectory, `${order.suffix}-1`, 'process.json')
  const record = JSON.parse(readFileSync(file, 'utf8'))
  await one.stop(order)
  await until(() => one.ends.length).toBe(1)
  // As if the host had died before it saw the end, and another had got the number: the leader of a group, as the agent was.
  const other = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  onTestFinished(() => {
    other.kill()
  })
  await one.reopen()
  mkdirSync(join(one.stateDirectory, `${order.suffix}-1`))
  writeFileSync(file, JSON.stringify({ ...record, pid: other.pid }))
  await one.adopt()
  await until(() => one.ends.length).toBe(2)
  expect(other.exitCode ?? other.signalCode).toBe(null)
  expect(readFileSync(`/proc/${other.pid}/cmdline`, 'utf8')).toContain('sleep')
})
