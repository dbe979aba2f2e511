import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from '../support/loopback.ts'
import { al } from '../support/temp-project.ts'
import { projectOnDisk } from './project-on-disk.ts'

const start = (on: ReturnType<typeof projectOnDisk>, args: readonly string[] = [], env: Record<string, string> = {}) =>
  al(['start', '-p', on.project, '-H', ...args], { env: { ...on.env, ...env } })

test('all missing credentials are named in one go, each with the command that stores it', () => {
  const webhook = '[webhooks.gh]\ntype = "github"\ncredential = "main"\n'
  const on = projectOnDisk(
    { dev: { more: 'credentials = ["github_token", "git_ssh:bot"]\n[[webhooks]]\nsource = "gh"' } },
    webhook,
  )
  rmSync(join(on.credentials, 'anthropic_key'), { recursive: true })
  const { code, stderr } = start(on, ['--runtime', 'process'])
  expect(code).toBe(4)
  for (const command of [
    'al creds add anthropic_key',
    'al creds add github_token',
    'al creds add git_ssh:bot --field email',
    'al creds add github_webhook_secret:main',
  ]) {
    expect(stderr).toContain(`\n    ${command}\n`)
  }
  expect(stderr).toContain('agent "dev"')
  expect(stderr).toContain('webhook source "gh"')
})

test('a broken project says what is wrong, and nothing is left behind', () => {
  const on = projectOnDisk({ dev: {} })
  writeFileSync(join(on.project, 'agents/dev/agent-config.toml'), 'schedule = "61 * * * *"\n')
  const { code, stderr } = start(on)
  expect([code, stderr]).toEqual([3, expect.stringContaining('agents/dev/agent-config.toml')])
})

test('without Docker the way without containers is named', () => {
  const on = projectOnDisk({ dev: {} })
  const { code, stderr } = start(on, ['--runtime', 'docker'], { DOCKER_HOST: 'tcp://127.0.0.1:9' })
  expect([code, stderr]).toEqual([5, expect.stringContaining('--runtime process')])
})

test('a port in use says how to choose another one', async () => {
  const on = projectOnDisk({ dev: {} })
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const host = on.startHost(port)
  expect(await host.ended).not.toBe(0)
  expect(host.errors()).toContain(`port ${port} is in use`)
  expect(host.errors()).toContain('--port')
  server.close()
})

test('a second host of the same project is refused, and says where the first one is', async () => {
  const on = projectOnDisk({ dev: {} })
  const port = await freePort()
  const first = on.startHost(port)
  await first.ready()
  const { code, stderr } = start(on, ['--runtime', 'process', '--port', '0'])
  expect(code).toBe(1)
  expect(stderr).toContain(`process ${first.child.pid}`)
  expect(stderr).toContain('al stop')
  // Killed, it leaves nothing that would keep the next one from starting.
  first.child.kill('SIGKILL')
  await first.ended
  const next = on.startHost(port)
  await next.ready()
  next.child.kill('SIGTERM')
  expect(await next.ended).toBe(0)
})
