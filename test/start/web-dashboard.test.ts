import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../support/loopback.ts'
import { hasTmux, openShell } from '../support/terminal.ts'
import { projectOnDisk, until } from './project-on-disk.ts'

const main = join(import.meta.dirname, '../../cli/main.ts')
const link = /http:\/\/127\.0\.0\.1:\d+\/login#([\w-]{22})\b/

const redeem = (url: string, code: string) =>
  fetch(`${url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-al-dashboard': '1', origin: url },
    body: JSON.stringify({ code }),
  })

describe.skipIf(!hasTmux)('on a terminal (needs tmux)', () => {
  test.each([
    ['as lines', '-H'],
    ['in the view, however narrow', ''],
  ])('%s: al start -w prints a link that logs in, and the log does not have it', async (_, flag) => {
    const { project, credentials } = projectOnDisk({ dev: {} })
    const port = await freePort()
    using terminal = openShell({ columns: 80, rows: 30, cwd: project })
    const command = `${process.execPath} ${main} start -w ${flag} --runtime process --port ${port}`
    terminal.type(`AL_CREDENTIALS_HOME=${credentials} AL_ENV= CI= ${command}`)
    terminal.press('Enter')
    // A long line is wrapped by the terminal.
    const [, code = ''] = await seen(() => link.exec(terminal.lines().join(flag === '' ? '\n' : '')))
    const url = `http://127.0.0.1:${port}`
    const answer = await redeem(url, code)
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([200, expect.stringContaining('HttpOnly')])
    expect((await redeem(url, code)).status).toBe(401)
    const day = new Date().toISOString().slice(0, 10)
    expect(readFileSync(join(project, '.al/logs/scheduler', `${day}.log`), 'utf8')).not.toContain(code)
    terminal.press('C-c')
    await until(() => terminal.lines().some((line) => line.endsWith('stopped')))
  })
})

test('into a pipe al start -w says where the dashboard is, and no link; without -w there is none', async () => {
  const { project, env } = projectOnDisk({ dev: {} })
  for (const flags of [['-w'], []]) {
    const port = await freePort()
    const child = spawn(
      process.execPath,
      [main, 'start', '-p', project, ...flags, '--runtime', 'process', '--port', String(port)],
      {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
    onTestFinished(() => void child.kill('SIGKILL'))
    let text = ''
    child.stdout.on('data', (data) => {
      text += data
    })
    await until(() => text.includes(`gateway http://127.0.0.1:${port}`))
    const url = `http://127.0.0.1:${port}`
    const { status } = await fetch(`${url}/login`)
    expect(status).toBe(flags.length === 0 ? 404 : 200)
    child.kill('SIGTERM')
    await once(child, 'close')
    expect(text.includes(`web dashboard ${url}/dashboard`)).toBe(flags.length === 1)
    expect(text).not.toContain('/login#')
  }
})

async function seen<T>(look: () => T | null): Promise<T> {
  let found: T | null = null
  await until(() => {
    found = look()
    return found !== null
  })
  if (found === null) throw new Error('it was there')
  return found
}
