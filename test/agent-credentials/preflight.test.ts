import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Preflight } from '../../core/project/schema/agent.ts'
import { runPreflight } from '../../docker/agent/preflight/run-preflight.ts'
import { tempDirectory } from '../support/temp-project.ts'

const canary = 'canary-4711'
const environment = { PATH: process.env.PATH ?? '', TOKEN: canary, GIT_CONFIG_GLOBAL: '/dev/null' }

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !condition(); await sleep(10)) {
    if (Date.now() > end) throw new Error('waited for ten seconds')
  }
}

/** Runs steps in a fresh directory; answers what was logged, and how it failed if it did. */
async function preflight(
  steps: Preflight[],
  { env = {}, directory = tempDirectory(), signal = new AbortController().signal } = {},
) {
  const lines: [string, string, unknown][] = []
  const failure = await runPreflight({
    steps,
    environment: { ...environment, ...env },
    directory,
    log: (level, message, fields) => lines.push([level, message, fields]),
    signal,
  }).then(
    () => undefined,
    (error: Error) => error,
  )
  const read = (path: string) => readFileSync(join(directory, path), 'utf8')
  return { directory, lines, failure, read, logged: JSON.stringify(lines) + String(failure) }
}

const shell = (command: string, output?: string): Preflight => ({
  provider: 'shell',
  params: { command, ...(output && { output }) },
})
const fetching = (params: Record<string, unknown>): Preflight => ({
  provider: 'http',
  params: { output: 'out', ...params },
})
const cloning = (params: Record<string, unknown>): Preflight => ({
  provider: 'git-clone',
  params: { dest: 'clone', ...params },
})

describe('a shell step', () => {
  test('writes what it prints to its file, of any size, and the directories above it', async () => {
    const { read, lines } = await preflight([shell('head -c 70000000 /dev/zero | tr "\\0" x', 'deep/er/out')])
    expect(read('deep/er/out')).toHaveLength(70_000_000)
    expect(lines).toContainEqual(['info', 'preflight shell output written', { path: 'deep/er/out', bytes: 70_000_000 }])
  })

  test('logs what it prints without a file, line by line', async () => {
    const { lines } = await preflight([shell('echo one; printf two; echo three >&2')])
    expect(lines).toContainEqual(['info', 'preflight shell output', { text: 'one' }])
    expect(lines).toContainEqual(['info', 'preflight shell output', { text: 'two' }])
    expect(lines).toContainEqual(['warn', 'preflight shell stderr', { text: 'three' }])
  })

  test.each(['; touch x', '$(touch x)', '`touch x`', '" ; touch x ; "', "' ; touch x ; '", '\n touch x'])(
    'takes a variable with %j in it as a text',
    async (value) => {
      const command = `printf %s "\${VALUE}" > ok; printf %s "$VALUE" >> ok`
      const { directory, read } = await preflight([shell(command)], { env: { VALUE: value } })
      expect(readdirSync(directory)).toEqual(['ok'])
      expect(read('ok')).toBe(value + value)
    },
  )

  test('sees the environment it is given and not that of this process', async () => {
    process.env.AL_TEST_OF_THE_ENTRY = 'here'
    onTestFinished(() => void delete process.env.AL_TEST_OF_THE_ENTRY)
    const { read } = await preflight([shell('env', 'out')])
    expect(read('out')).toContain(`TOKEN=${canary}`)
    expect(read('out')).not.toContain('AL_TEST_OF_THE_ENTRY')
  })

  test('that is aborted ends at once, with everything it started', async () => {
    const aborter = new AbortController()
    const directory = tempDirectory()
    const command = '(sleep 300 & echo $! > child; wait) | cat & echo $$ > parent; wait'
    const running = preflight([shell(command, 'out')], { signal: aborter.signal, directory })
    const pids = () => ['child', 'parent'].map((name) => readFileSync(join(directory, name), 'utf8').trim())
    await until(
      () => existsSync(join(directory, 'child')) && existsSync(join(directory, 'parent')) && pids().every(Boolean),
    )
    const before = Date.now()
    aborter.abort(new Error('stopped by a test'))
    expect((await running).failure?.message).toBe('stopped by a test')
    expect(Date.now() - before).toBeLessThan(2000)
    await until(() => pids().every((pid) => !isAlive(pid)))
  })

  test('may leave a service running', async () => {
    const before = Date.now()
    const { failure, read } = await preflight([shell('sleep 300 & echo $! > service')])
    expect(failure).toBeUndefined()
    expect(Date.now() - before).toBeLessThan(10_000)
    expect(isAlive(read('service').trim())).toBe(true)
    process.kill(Number(read('service')))
  })

  test('leaves timers their time', async () => {
    let ticks = 0
    const timer = setInterval(() => ticks++, 20)
    await preflight([shell('sleep 1')])
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(10)
  })
})

/** A process that has ended and was not waited for yet (a zombie) is not alive. */
function isAlive(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe('an http step', () => {
  test('sends what it is told, with values from the environment, and writes the answer', async () => {
    let seen: IncomingMessage | undefined
    let sent = ''
    const url = await serve(async (request, response) => {
      seen = request
      for await (const chunk of request) sent += chunk
      response.end('answer')
    })
    const params = {
      url: `${url}/a?b=\${TOKEN}`,
      method: 'post',
      headers: { 'X-Key': '${TOKEN}' },
      body: '[${TOKEN}${UNSET}]',
    }
    const { read, logged, failure } = await preflight([fetching({ ...params, output: 'to/out' })])
    expect(failure).toBeUndefined()
    expect([seen?.method, seen?.url, seen?.headers['x-key'], sent]).toEqual([
      'POST',
      `/a?b=${canary}`,
      canary,
      `[${canary}]`,
    ])
    expect(read('to/out')).toBe('answer')
    expect(logged).not.toContain(canary)
    expect(logged).toContain('${TOKEN}')
  })

  test('gives another origin none of its headers, and its own origin all', async () => {
    const seen: Record<string, unknown>[] = []
    const other = await serve((request, response) => {
      seen.push(request.headers)
      response.end('far')
    })
    const url = await serve((request, response) => {
      seen.push(request.headers)
      response.writeHead(302, { location: request.url === '/near' ? '/far' : `${other}/there` }).end()
    })
    const headers = { Authorization: 'Bearer ${TOKEN}', 'X-Api-Key': '${TOKEN}', Cookie: 'a=${TOKEN}' }
    const { read } = await preflight([fetching({ url: `${url}/near`, headers })])
    expect(read('out')).toBe('far')
    expect(seen.map((one) => JSON.stringify(one).split(canary).length - 1)).toEqual([3, 3, 0])
  })

  test('does not send its body to another origin', async () => {
    const other = await serve((_, response) => void response.end())
    const url = await serve((_, response) => void response.writeHead(307, { location: other }).end())
    const { failure, logged } = await preflight([fetching({ url, method: 'POST', body: '${TOKEN}' })])
    expect(failure?.message).toContain('redirects its body to another origin')
    expect(logged).not.toContain(canary)
  })

  test('fails on an answer other than 2xx, with its status and a little of its body', async () => {
    const url = await serve((_, response) => void response.writeHead(503).end(`busy ${'x'.repeat(100_000)}`))
    const { failure, lines, directory } = await preflight([fetching({ url })])
    expect(failure?.message).toBe('preflight step [1/1] http failed: it answered 503')
    expect(lines.at(-1)?.[2]).toEqual({ error: 'it answered 503', status: 503, body: `busy ${'x'.repeat(195)}` })
    expect(readdirSync(directory)).toEqual([])
  })

  test('never says a value when something is wrong', async () => {
    const wrong = [
      { url: 'http://x:${TOKEN}@127.0.0.1:1/' },
      { url: '${TOKEN}' },
      { url: 'http://${TOKEN}:port/' },
      { url: 'http://127.0.0.1:1/', headers: { 'X-Key': 'a\n${TOKEN}' } },
      { url: 'http://127.0.0.1:1/', method: 'GET', body: '${TOKEN}' },
      { url: await serve((_, response) => void response.end()), output: 'file/${TOKEN}' },
    ]
    for (const params of wrong) {
      const directory = tempDirectory()
      writeFileSync(join(directory, 'file'), '')
      const { failure, logged } = await preflight([fetching(params)], { directory })
      expect(failure).toBeInstanceOf(Error)
      expect(logged).not.toContain(canary)
    }
  })

  test('ends when it is aborted, and leaves no half of a file', async () => {
    const aborter = new AbortController()
    const directory = tempDirectory()
    const url = await serve((_, response) => {
      response.write('half')
      setTimeout(() => aborter.abort(new Error('stopped by a test')), 50)
    })
    const { failure } = await preflight([fetching({ url })], { signal: aborter.signal, directory })
    expect(failure?.message).toBe('stopped by a test')
    expect(readdirSync(directory)).toEqual([])
  })
})

describe('a git-clone step', () => {
  function repository() {
    const directory = join(tempDirectory(), 'origin')
    mkdirSync(directory)
    const git = (...args: string[]) =>
      spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: directory })
    git('init', '-b', 'main')
    writeFileSync(join(directory, 'file'), 'main')
    git('add', '.')
    git('commit', '-m', 'one')
    git('checkout', '-b', 'next')
    writeFileSync(join(directory, 'file'), 'next')
    git('commit', '-am', 'two')
    return `file://${directory}`
  }

  test('clones a branch to a depth', async () => {
    const { failure, directory, read } = await preflight(
      [cloning({ repo: repository(), branch: '${BRANCH}', depth: 1, dest: 'a/b' })],
      { env: { BRANCH: 'next' } },
    )
    expect(failure).toBeUndefined()
    expect(read('a/b/file')).toBe('next')
    const log = spawnSync('git', ['log', '--oneline'], { cwd: join(directory, 'a/b'), encoding: 'utf8' })
    expect(log.stdout.trim().split('\n')).toHaveLength(1)
  })

  test.each([
    { repo: '--upload-pack=touch x' },
    { repo: '-u touch x' },
    { repo: 'ext::sh -c "touch% x"' },
    { repo: 'fd::17' },
    { repo: 'ssh://-oProxyCommand=touch%20x/y' },
    { repo: 'git@-oProxyCommand=touch:x' },
    { repo: 'file:///nowhere; touch x' },
    { repo: 'file:///$(touch x)' },
    { repo: 'file:///nowhere', branch: '--upload-pack=touch x' },
    { repo: 'file:///nowhere', branch: '$(touch x)' },
    { repo: 'file:///nowhere', dest: '--upload-pack=touch x' },
    { repo: 'file:///nowhere', dest: '; touch x' },
  ])('runs nothing for %o', async (params) => {
    const directory = tempDirectory()
    for (const step of [
      cloning(params),
      cloning(Object.fromEntries(Object.keys(params).map((key) => [key, `\${${key}}`]))),
    ]) {
      const { failure } = await preflight([step], { directory, env: params })
      expect(failure).toBeInstanceOf(Error)
      expect(existsSync(join(directory, 'x'))).toBe(false)
    }
  })

  test('takes owner/name to be on GitHub, over SSH', async () => {
    const directory = tempDirectory()
    writeFileSync(join(directory, 'ssh'), `#!/bin/sh\necho "$*" > ${directory}/asked\nexit 1\n`, { mode: 0o755 })
    const env = { GIT_SSH_COMMAND: join(directory, 'ssh'), GIT_SSH_VARIANT: 'ssh' }
    await preflight([cloning({ repo: 'acme/app' })], { directory, env })
    expect(readFileSync(join(directory, 'asked'), 'utf8')).toContain("git@github.com git-upload-pack 'acme/app.git'")
  })
})

describe('the steps', () => {
  test('run in order; one that is not required may fail, one that is ends the run', async () => {
    const { lines, failure, directory } = await preflight([
      { ...shell('exit 3'), required: false },
      shell('touch second'),
      shell('kill -TERM $$'),
      shell('touch fourth'),
    ])
    expect(readdirSync(directory)).toEqual(['second'])
    expect(lines.filter(([, message]) => message !== 'preflight shell')).toEqual([
      ['info', 'preflight starting', { stepCount: 4 }],
      ['warn', 'preflight step [1/4] shell failed (optional, continuing)', { error: 'it exited with 3' }],
      ['info', 'preflight step [2/4] shell done', undefined],
      ['error', 'preflight step [3/4] shell failed (required)', { error: 'it was ended by SIGTERM' }],
    ])
    expect(failure?.message).toBe('preflight step [3/4] shell failed: it was ended by SIGTERM')
  })

  test('name the providers there are when there is none of that name', async () => {
    for (const provider of ['ftp', 'constructor']) {
      const { failure } = await preflight([{ provider, params: {} } as unknown as Preflight])
      expect(failure?.message).toContain(`no preflight provider "${provider}", only shell, http, git-clone`)
    }
  })

  test('do not start after an abort', async () => {
    const { directory, failure } = await preflight([shell('touch x')], { signal: AbortSignal.abort(new Error('over')) })
    expect(failure?.message).toBe('over')
    expect(readdirSync(directory)).toEqual([])
  })
})
