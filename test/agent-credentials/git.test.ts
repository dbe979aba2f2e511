import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { agentEnvironment } from '../../docker/agent/credentials/agent-environment.ts'
import type { Credential } from '../../docker/agent/credentials/credential.ts'
import { runPreflight } from '../../docker/agent/preflight/run-preflight.ts'
import { tempDirectory } from '../support/temp-project.ts'

const canary = 'ghp_canary'
const listed = (type: string, field: string, value: string): Credential => ({
  ...{ type, instance: 'default', field, value },
  why: 'listed',
})

/** The environment of a tool process, in a work directory whose name ssh and the shell could misread. */
async function tools(...credentials: Credential[]): Promise<{ work: string; environment: Record<string, string> }> {
  const work = join(tempDirectory(), "it's 100%d work")
  const added = await agentEnvironment({ credentials, places: { work }, log: () => undefined })
  return { work, environment: { PATH: process.env.PATH ?? '', HOME: work, ...added } }
}

function run(environment: Record<string, string>, command: string, input = '') {
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', command], { env: environment, input, encoding: 'utf8' })
  return stdout + stderr
}

describe('the GitHub token', () => {
  const askFor = async (url: string, system = '') => {
    const { environment } = await tools(listed('github_token', 'token', canary))
    const file = join(tempDirectory(), 'gitconfig')
    writeFileSync(file, system)
    return run({ ...environment, GIT_CONFIG_SYSTEM: file }, 'git credential fill', `url=${url}\n\n`)
  }

  test('is given to https://github.com', async () => {
    const answer = await askFor('https://github.com/acme/app.git')
    expect(answer).toContain('username=x-access-token\n')
    expect(answer).toContain(`password=${canary}\n`)
  })

  test.each([
    'https://gitlab.com/acme/app.git',
    'https://github.com.evil.example/acme/app.git',
    'https://evilgithub.com/acme/app.git',
    'https://gist.github.com/acme/app.git',
    'https://github.com@evil.example/acme/app.git',
    'https://github.com:8443/acme/app.git',
    'http://github.com/acme/app.git',
  ])('is not given to %s', async (url) => {
    expect(await askFor(url)).not.toContain(canary)
  })

  test('is not stored by a helper that the image has', async () => {
    const kept = join(tempDirectory(), 'kept')
    const { environment } = await tools(listed('github_token', 'token', canary))
    const file = join(tempDirectory(), 'gitconfig')
    writeFileSync(file, `[credential]\n\thelper = store --file=${kept}\n`)
    run(
      { ...environment, GIT_CONFIG_SYSTEM: file },
      `git credential approve; test ! -e ${kept} && echo nothing kept`,
      `url=https://github.com\nusername=x\npassword=${canary}\n\n`,
    )
    expect(() => readFileSync(kept)).toThrow('ENOENT')
  })

  test('stays in its variable: the configuration of git does not have it', async () => {
    const { environment } = await tools(listed('github_token', 'token', canary))
    const holders = Object.entries(environment).filter(([, value]) => value.includes(canary))
    expect(holders.map(([name]) => name).sort()).toEqual(['GH_TOKEN', 'GITHUB_TOKEN'])
    expect(run(environment, 'git config --list')).not.toContain(canary)
  })

  test('is not sent to a server that asks for a login, and git does not wait for one', async () => {
    const authorizations: (string | undefined)[] = []
    const server = createServer((request, response) => {
      authorizations.push(request.headers.authorization)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="github.com"' }).end()
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const { environment } = await tools(listed('github_token', 'token', canary))
    const lines: unknown[] = []
    await expect(
      runPreflight({
        steps: [{ provider: 'git-clone', params: { repo: `http://127.0.0.1:${port}/acme/app.git`, dest: 'app' } }],
        environment,
        directory: tempDirectory(),
        log: (...line) => lines.push(line),
        signal: new AbortController().signal,
      }),
    ).rejects.toThrow('exited with 128')
    expect(authorizations.length).toBeGreaterThan(0)
    expect(authorizations.filter(Boolean)).toEqual([])
    expect(JSON.stringify(lines)).not.toContain(canary)
  })
})

describe("git's SSH", () => {
  const identity = ['id_rsa', 'username', 'email'].map((field) => listed('git_ssh', field, `canary ${field}`))
  const settings = async (host: string) => {
    const { environment, work } = await tools(...identity)
    // As git does it: the command is read by a shell, with git's arguments behind it.
    return { work, text: run(environment, `${environment.GIT_SSH_COMMAND} -G ${host}`) }
  }

  test.each(['github.com', 'gitlab.com', 'bitbucket.org'])(
    'trusts the pinned keys of %s and no others',
    async (host) => {
      const { text, work } = await settings(`git@${host}`)
      expect(text).toMatch(/^stricthostkeychecking (true|yes)$/m)
      expect(text).toContain(`userknownhostsfile ${work}/.ssh/pinned_hosts\n`)
      const file = join(work, '.ssh/pinned_hosts')
      expect(spawnSync('ssh-keygen', ['-F', host, '-f', file], { encoding: 'utf8' }).stdout).toContain(`${host}`)
    },
  )

  test('remembers another host for the run, and never trusts it with a changed key', async () => {
    const { text, work } = await settings('git@git.acme.example')
    expect(text).toContain('stricthostkeychecking accept-new\n')
    expect(text).toContain(`${work}/.ssh/known_hosts`)
  })

  test('offers the key of the agent and no other, and never asks', async () => {
    const { text, work } = await settings('git@github.com')
    expect(text.match(/^identityfile .*$/gm)).toEqual([`identityfile ${work.replace('%', '%%')}/.ssh/id_rsa`])
    expect(text).toContain('identitiesonly yes\n')
    expect(text).toContain('identityagent none\n')
    expect(text).toContain('batchmode yes\n')
  })

  test('pins the keys whose fingerprints the forges publish', async () => {
    const { work } = await tools(...identity)
    const { stdout } = spawnSync('ssh-keygen', ['-lf', join(work, '.ssh/pinned_hosts')], { encoding: 'utf8' })
    const found = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ').slice(1).join(' '))
    expect(found).toEqual([
      'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU github.com,[ssh.github.com]:443 (ED25519)',
      'SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM github.com,[ssh.github.com]:443 (ECDSA)',
      'SHA256:uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s github.com,[ssh.github.com]:443 (RSA)',
      'SHA256:eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8 gitlab.com (ED25519)',
      'SHA256:HbW3g8zUjNSksFbqTiUWPWg2Bq1x8xdGUrliXFzSnUw gitlab.com (ECDSA)',
      'SHA256:ROQFvPThGrW4RuWLoL9tq9I9zJ42fK4XywyRtbOz/EQ gitlab.com (RSA)',
      'SHA256:ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM bitbucket.org (ED25519)',
      'SHA256:FC73VB6C4OQLSCrjEayhMp9UMxS97caD/Yyi2bhW/J0 bitbucket.org (ECDSA)',
      'SHA256:46OSHA1Rmj8E8ERTC6xkNcmGOw9oFxYr0WF6zWW8l1E bitbucket.org (RSA)',
    ])
  })
})
