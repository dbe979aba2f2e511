import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { project, type Script, scriptedHost, usage } from './scripted-host.ts'

const noRun = 'dev-00000000000000000000'

/** Holds a lock, says what it does, and ends when it is told to. */
const holdsALock: Script = async ({ post, log, stopped, finish }) => {
  await post('/locks/acquire', { resourceKey: 'github issue acme/app#7' })
  await post('/signals/status', { text: 'reading the issue' })
  log('assistant', { text: 'at work' })
  await stopped
  await finish({ outcome: 'killed', usage })
}

const completes: Script = ({ finish }) => finish({ outcome: 'completed', usage })

describe('without a host', () => {
  test.each([
    [['pause']],
    [['resume', 'dev']],
    [['kill', 'dev']],
    [['stop']],
    [['retry', noRun]],
    [['locks']],
    [['calls']],
    [['logs', '-f']],
  ])('%j says that nothing runs, and what starts it', async (args) => {
    const { code, stdout, stderr } = await project().ended(...args)
    expect([code, stdout, stderr]).toEqual([1, '', 'error: nothing runs for this project: start it with `al start`\n'])
  })

  test('an address that a killed host left behind is no host', async () => {
    const { announce, ended, host } = await scriptedHost({})
    await host.close()
    // The process lives, and nobody listens.
    expect((await ended('locks')).stderr).toContain('nothing runs for this project')
    expect((await ended('stat')).code).toBe(0)
    announce(host.url, 2 ** 22 + 1)
    expect((await ended('locks')).stderr).toContain('nothing runs for this project')
  })

  test('stat shows what the configuration says', async () => {
    const { ended } = project()
    const { code, stdout, stderr } = await ended('stat')
    expect(code).toBe(0)
    expect(stderr).toContain('This is what its configuration says')
    expect(stdout).toMatch(/^dev {2,}cron {2,}idle {2,}in /m)
    expect(stdout).toMatch(/^review {2,}webhook {2,}idle {2,}–$/m)
    const one = await ended('stat', 'review')
    expect(one.stdout).toMatch(/^webhooks +acme events = issues; actions = opened$/m)
    const json = JSON.parse((await ended('stat', '--json')).stdout)
    expect(json).toMatchObject({ host: null, agents: [{ name: 'dev' }, { name: 'review' }] })
    expect((await ended('stat', 'nobody')).code).toBe(3)
  })

  test('stat and logs of a broken project say what is wrong with it', async () => {
    const { ended } = project({ 'config.toml': 'x' })
    for (const args of [['stat'], ['logs', 'dev'], ['webhook', 'test', 'acme', '-f', 'config.toml']]) {
      const { code, stderr } = await ended(...args)
      expect([code, stderr]).toEqual([3, expect.stringContaining('config.toml:1: not valid TOML')])
    }
  })

  test('logs are read from the files that the last host has left', async () => {
    const { host, ended, writer } = await scriptedHost({})
    const at = Date.now()
    writer.write('dev', { level: 30, time: at, msg: 'assistant', text: 'last words', instance: noRun })
    await host.close()
    const { code, stdout } = await ended('logs', 'dev')
    expect([code, stdout]).toEqual([0, expect.stringContaining('  last words')])
  })
})

describe('a gateway that is not as it should be', () => {
  async function answering(status: number, body: string) {
    const server = createServer((_, response) => response.writeHead(status).end(body))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const made = project()
    made.announce(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    return made
  }

  test('the wrong key ends in 4, and says where it was read, never what it is', async () => {
    const { ended, credentials } = await scriptedHost({})
    const file = join(credentials, 'gateway_api_key/default/key')
    writeFileSync(file, 'another-key')
    const { code, stderr } = await ended('locks')
    expect(code).toBe(4)
    expect(stderr).toContain(`does not accept the key in ${file}: it knows another one`)
    expect(stderr).not.toContain('another-key')
  })

  test('a missing key ends in 4 and names the file', async () => {
    const { al } = await scriptedHost({})
    const { code, stderr } = await al(['locks'], { env: { AL_CREDENTIALS_HOME: '/nowhere' } }).ended
    expect(code).toBe(4)
    expect(stderr).toContain('/nowhere/gateway_api_key/default/key does not exist')
  })

  test('an answer that is no JSON is shown by its status and its first 120 characters', async () => {
    const { ended } = await answering(502, `<html>\n${'x'.repeat(500)}`)
    const { code, stderr } = await ended('locks')
    expect(code).toBe(1)
    expect(stderr).toMatch(/answered 502 with no JSON: <html> x{113}; is that a gateway of al\?\n$/)
  })

  test('JSON of another shape is not taken for an answer', async () => {
    const { ended } = await answering(200, '{"hello":1}')
    const { code, stderr } = await ended('locks')
    expect([code, stderr]).toEqual([1, expect.stringContaining('in a way this version of al does not know')])
  })

  test('a file in place of the address that is not one is named', async () => {
    const { ended, directory } = project()
    writeFileSync(join(directory, '.al/host.json'), '{"url":"file:///etc/passwd","pid":1}')
    const { code, stderr } = await ended('locks')
    expect([code, stderr]).toEqual([1, expect.stringContaining('.al/host.json is not what `al start` writes there')])
  })

  test('a host of another environment is not spoken to', async () => {
    const { ended, directory } = await scriptedHost({})
    mkdirSync(join(directory, 'environments'))
    writeFileSync(join(directory, 'environments/staging.toml'), '')
    const { code, stderr } = await ended('kill', 'dev', '-E', 'staging')
    expect(code).toBe(1)
    expect(stderr).toContain('runs the environment "default", not "staging"')
    expect((await ended('locks', '-E', 'default')).code).toBe(0)
  })
})

describe('with a host', () => {
  test('stat, locks and kill: what runs, what it holds, and its end', async () => {
    const { al, ended } = await scriptedHost({ dev: holdsALock })
    const run = al(['run', 'dev'])
    await run.printed('at work')

    const all = (await ended('stat')).stdout
    expect(all).toMatch(/^dev {2,}cron {2,}running {2,}1 of 1 {2,}0 {2,}– {2,}– {2,}in /m)
    expect(all).toMatch(/^dev-\w{20} {2,}running {2,}manual {2,}.* {2,}reading the issue$/m)
    expect(all).toMatch(/^dev: github issue acme\/app#7 \(held for /m)
    const one = (await ended('stat', 'dev')).stdout
    expect(one).toMatch(/^doing +reading the issue$/m)
    const json = JSON.parse((await ended('stat', '--json')).stdout)
    expect(json).toMatchObject({ running: 1, locks: [{ agentName: 'dev' }], scheduler: { projectName: 'demo' } })
    expect(JSON.parse((await ended('stat', 'dev', '--json')).stdout)).toMatchObject({ agent: { name: 'dev' } })

    const [{ id }] = json.instances
    expect((await ended('locks')).stdout).toMatch(new RegExp(`^github issue acme/app#7 {2,}${id} {2,}`, 'm'))
    expect(JSON.parse((await ended('locks', '--json')).stdout)).toMatchObject({ locks: [{ holder: id }] })

    const killed = await ended('kill', id)
    expect([killed.code, killed.stdout]).toEqual([0, `run ${id} is told to stop, and ends within seconds\n`])
    expect((await run.ended).code).toBe(137)
    expect((await ended('locks')).stdout).toBe('no lock is held\n')
    const again = await ended('kill', id)
    expect([again.code, again.stderr]).toEqual([1, `error: run ${id} is over (killed)\n`])
    expect((await ended('stat')).stdout).toMatch(/^dev {2,}cron {2,}idle {2,}0 of 1 {2,}0 {2,}killed .* {2,}\$0\.04/m)
    expect((await ended('stat', 'dev')).stdout).toMatch(/^last run +killed .*1\.2k tokens, \$0\.04$/m)
  })

  test('kill of an agent ends its runs, and says when there are none', async () => {
    const { al, ended } = await scriptedHost({ dev: holdsALock })
    const run = al(['run', 'dev'])
    await run.printed('at work')
    expect(JSON.parse((await ended('kill', 'dev', '--json')).stdout)).toEqual({ killed: 1, agent: 'dev' })
    expect((await run.ended).code).toBe(137)
    const none = await ended('kill', 'review')
    expect([none.code, none.stdout]).toEqual([0, 'nothing runs of agent "review"\n'])
    expect((await ended('kill', 'reveiw')).stderr).toContain('did you mean "review"?')
    expect((await ended('kill', noRun)).stderr).toContain(`there is no run "${noRun}"`)
  })

  test('pause and resume, of an agent and of the project', async () => {
    const { ended, host } = await scriptedHost({ dev: completes })
    const paused = await ended('pause', 'dev')
    expect(paused.stdout).toContain('agent "dev" is paused: schedules are skipped, webhooks and calls wait')
    expect((await ended('stat')).stdout).toMatch(/^dev {2,}cron {2,}PAUSED {2,}.*–$/m)
    expect(JSON.parse((await ended('pause', '--json')).stdout)).toEqual({ paused: true, agent: null })
    expect((await ended('stat')).stdout).toContain('PAUSED: nothing starts before `al resume`')
    const still = await ended('resume', 'dev')
    expect(still.stderr).toContain('the project as a whole is paused')
    await ended('pause', 'dev')
    const resumed = await ended('resume')
    expect([resumed.stdout, resumed.stderr]).toEqual([
      'the project goes on\n',
      'still paused individually: dev (`al resume <agent>`)\n',
    ])
    expect(JSON.parse((await ended('resume', 'dev', '--json')).stdout)).toEqual({ paused: false, agent: 'dev' })
    expect((await ended('run', 'dev')).code).toBe(0)
    for (const command of ['pause', 'resume']) {
      const { code, stderr } = await ended(command, 'dve')
      expect([code, stderr]).toEqual([3, expect.stringContaining('did you mean "dev"?')])
    }
    expect((await host.plane.overview()).paused).toBe(false)
  })

  test('retry makes a new run of one that is over', async () => {
    const { ended, host } = await scriptedHost({ dev: completes })
    const { id } = JSON.parse((await ended('run', 'dev', '--json')).stdout)
    const { run, retryOf } = JSON.parse((await ended('retry', id, '--json')).stdout)
    expect(retryOf).toBe(id)
    const [newest] = await host.plane.history('dev')
    expect(`dev-${newest?.suffix}`).toBe(run)
    expect((await ended('retry', id)).stdout).toContain('`al logs -f dev-')
    const { code, stderr } = await ended('retry', noRun)
    expect([code, stderr]).toEqual([1, expect.stringContaining(`there is no run "${noRun}"`)])
  })

  test('calls shows who called whom, and how it ended', async () => {
    const { ended } = await scriptedHost({
      dev: async ({ post, finish }) => {
        await post('/calls', { targetAgent: 'review', context: 'look' })
        await finish({ outcome: 'completed' })
      },
      review: ({ finish }) => finish({ outcome: 'error', code: 11, reason: 'no access' }),
    })
    expect((await ended('calls')).stdout).toBe('no agent has called another one\n')
    await ended('run', 'dev')
    const row = /^review-\w{20} {2,}dev-\w{20} {2,}error 11 .* {2,}no access$/m
    await expect.poll(async () => (await ended('calls')).stdout, { timeout: 20_000 }).toMatch(row)
    expect((await ended('calls', 'dev')).stdout).toMatch(row)
    const { calls } = JSON.parse((await ended('calls', 'review', '--json')).stdout)
    expect(calls).toMatchObject([{ callerAgent: 'dev', targetAgent: 'review', outcome: 'error', code: 11 }])
    expect((await ended('calls', 'nobody')).code).toBe(3)
  })

  test('stop ends when the host is gone', async () => {
    const { ended, host } = await scriptedHost({})
    const { code, stdout } = await ended('stop', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ stopped: true, url: host.url })
    await host.closed
    expect((await ended('stop')).stderr).toContain('nothing runs for this project')
  })

  test('stop --now does not wait for what runs', async () => {
    const { al, ended, host } = await scriptedHost({ dev: holdsALock })
    const run = al(['run', 'dev'])
    await run.printed('at work')
    expect((await ended('stop', '--now')).code).toBe(0)
    await host.closed
    expect((await run.ended).code).not.toBe(0)
  })
})
