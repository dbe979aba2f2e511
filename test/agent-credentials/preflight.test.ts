import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Preflight } from '../../core/project/schema/agent.ts'
import { tempDirectory } from '../support/temp-project.ts'
import { canary, preflight, shell, until } from './run-steps.ts'

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
