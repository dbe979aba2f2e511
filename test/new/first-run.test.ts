import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startScriptedModel } from '../../examples/scripted-model/server.ts'
import { startAl } from '../cli-client/scripted-host.ts'
import { canary } from '../creds/store.ts'
import { freePort } from '../support/loopback.ts'
import { tempDirectory } from '../support/temp-project.ts'

test('from an empty directory to a run that a webhook started, by commands alone', async () => {
  const model = await startScriptedModel({
    scripts: {
      default: { turns: [{ tools: [{ name: 'bash', input: { command: 'al-status "on it"' } }] }, { text: 'Done.' }] },
    },
  })
  onTestFinished(() => model.close())
  const directory = tempDirectory()
  const credentials = join(directory, '.credentials')
  const env = { AL_CREDENTIALS_HOME: credentials, HOME: directory }
  const start = (cwd: string, args: readonly string[], stdin?: string) =>
    startAl(args, { cwd, env, ...(stdin !== undefined && { stdin }) })
  const printed: string[] = []
  const al = async (cwd: string, args: readonly string[], stdin?: string) => {
    const { code, stdout, stderr } = await start(cwd, args, stdin).ended
    printed.push(stdout, stderr)
    expect(code, `al ${args.join(' ')}\n${stdout}${stderr}`).toBe(0)
    return stdout
  }

  const flags = [
    '--provider',
    'anthropic',
    '--model',
    'scripted/default',
    '--base-url',
    model.url,
    '--runtime',
    'process',
  ]
  await al(directory, ['new', 'acme', '--yes', ...flags, '--credential-from-stdin'], `any-${canary}`)
  const project = join(directory, 'acme')
  await al(project, [
    'agent',
    'new',
    'triage',
    '--template',
    'empty',
    '--webhook',
    'github events=issues actions=opened',
  ])
  await al(project, ['creds', 'add', 'github_webhook_secret', '--generate'])
  await al(project, ['creds', 'add', 'github_token', '--from-stdin'], `ghp_${canary}`)
  await al(project, [
    'agent',
    'config',
    'triage',
    '--add-credential',
    'github_token',
    '--set-param',
    'repos=["acme/app"]',
  ])
  const port = await freePort()
  const report = JSON.parse((await start(project, ['doctor', '--json']).ended).stdout)
  const lacking = report.checks.filter(
    ({ state, kind }: Record<string, string>) => state === 'missing' && kind !== 'port',
  )
  expect([report.problems, lacking]).toEqual([[], []])

  const host = start(project, ['start', '-H', '--port', String(port)])
  onTestFinished(() => void host.signal('SIGKILL'))
  await host.printed('ready')
  const secret = readFileSync(join(credentials, 'github_webhook_secret/default/secret'), 'utf8').trim()
  const body = JSON.stringify({
    action: 'opened',
    issue: { number: 7, title: 'It is slow', html_url: 'https://github.com/acme/app/issues/7', user: { login: 'ann' } },
    repository: { full_name: 'acme/app' },
    sender: { login: 'ann' },
  })
  const answer = await fetch(`http://127.0.0.1:${port}/webhooks/github`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'issues',
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body,
  })
  expect([answer.status, await answer.json()]).toMatchObject([200, { matched: 1 }])
  await host.printed('completed')
  expect(model.requests.length).toBeGreaterThanOrEqual(2)
  host.signal('SIGTERM')
  const { stdout, stderr } = await host.ended
  expect(stdout).toContain('on it')
  printed.push(stdout, stderr)
  for (const one of [canary, secret]) expect(printed.join('\n')).not.toContain(one)
})
