import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempDirectory } from '../support/temp-project.ts'
import { cloning, preflight } from './run-steps.ts'

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
