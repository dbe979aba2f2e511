import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'puppeteer-core'
import { acmeEnvironment, acmeHere } from '../examples/demo/acme-here.ts'
import { scripts } from '../examples/demo/scripts.ts'
import { startScriptedModel } from '../examples/scripted-model/server.ts'
import { openBrowser } from '../test/support/chromium.ts'
import { freePort } from '../test/support/loopback.ts'

/**
 * Takes the pictures of the dashboard for the documentation: `node scripts/screenshots.ts [directory]`. Shows examples/acme on
 * this machine, with a model that follows a script; needs Chromium.
 */
const root = dirname(import.meta.dirname)
const target = process.argv[2] ?? join(root, 'docs', 'images')
const home = mkdtempSync(join(tmpdir(), 'al-screenshots-'))
const patience = 120_000

/** What is seen, and how wide. */
const pictures = [
  { name: 'agents', path: '/dashboard', width: 1100, height: 560 },
  { name: 'run', path: 'newest run', width: 1100, height: 760 },
  { name: 'deliveries', path: '/dashboard/deliveries', width: 1100, height: 560 },
  { name: 'phone', path: '/dashboard', width: 360, height: 640 },
] as const

/** It is at work when the pictures are taken. */
const planner = {
  prompt: '"askedLabel"',
  turns: [
    {
      text: 'I read how the login page is built before I plan.',
      tools: [{ name: 'bash', input: { command: 'al-status "reading acme/app for issue 44" && sleep 300' } }],
    },
  ],
}

const model = await startScriptedModel({ scripts: { ...scripts, planner } })
const { project, environment, webhookSecret } = acmeHere(home, model.url)
const port = await freePort()
const url = `http://127.0.0.1:${port}`
const args = [join(root, 'cli', 'main.ts'), 'start', '-p', project, '-E', acmeEnvironment, '-H', '-w']
const host: ChildProcess = spawn(process.execPath, [...args, '--runtime', 'process', '--port', String(port)], {
  env: { ...process.env, ...environment },
  stdio: 'ignore',
})
try {
  await until(() => existsSync(join(project, '.al', 'host.json')))
  const key = readFileSync(join(home, 'credentials/gateway_api_key/default/key'), 'utf8').trim()
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const answer = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return (await answer.json()) as T
  }
  const ended = (agent: string) =>
    until(async () => {
      const { runs } = await ask<{ runs: { outcome?: string }[] }>('GET', `/control/agents/${agent}/runs?limit=1`)
      return runs[0]?.outcome !== undefined
    })
  await deliver('ready-for-dev')
  await ended('dev')
  await deliver('question')
  await ask('POST', '/control/trigger/devops', {})
  await ended('devops')
  await ask('POST', '/control/agents/devops/pause', {})
  await deliver('plan')
  await until(async () => {
    const { agents } = await ask<{ agents: { statusText: string | null }[] }>('GET', '/control/status')
    return agents.some(({ statusText }) => statusText !== null)
  })
  const { runs } = await ask<{ runs: { id: string }[] }>('GET', '/control/agents/dev/runs?limit=1')

  const browser = await openBrowser()
  const page = await browser.newPage()
  await logIn(page, key)
  mkdirSync(target, { recursive: true })
  for (const scheme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
    for (const { name, path, width, height } of pictures) {
      await page.setViewport({ width, height, deviceScaleFactor: 1 })
      await page.goto(`${url}${path === 'newest run' ? `/dashboard/runs/${runs[0]?.id}` : path}`)
      await page.waitForSelector('main table, main .log .line, main .tree, main .empty')
      await page.waitForFunction('document.querySelector(".loading") === null')
      const file = join(target, `dashboard-${name}-${scheme}.png`)
      await page.screenshot({ path: file as `${string}.png`, optimizeForSpeed: false })
      console.log(file)
    }
  }
  await browser.close()
} finally {
  host.kill('SIGKILL')
  if (host.exitCode === null && host.signalCode === null) await once(host, 'exit')
  await model.close()
  rmSync(home, { recursive: true, force: true })
}

async function logIn(page: Page, key: string): Promise<void> {
  await page.goto(`${url}/login`)
  await page.type('#key', key)
  await page.keyboard.press('Enter')
  await page.waitForSelector('nav')
}

async function deliver(label: string): Promise<void> {
  const repository = { full_name: 'acme/app', owner: { login: 'acme' } }
  const labels = [{ name: label }]
  const issue = { number: 42, title: 'The login page is blank', labels, user: { login: 'ann' } }
  const event = {
    action: 'labeled',
    label: labels[0],
    issue,
    repository,
    organization: { login: 'acme' },
    sender: { login: 'ann' },
  }
  const body = JSON.stringify(event)
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'issues',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': `sha256=${createHmac('sha256', webhookSecret).update(body).digest('hex')}`,
  }
  await fetch(`${url}/webhooks/github`, { method: 'POST', headers, body })
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + patience
  while (!(await condition())) {
    if (host.exitCode !== null) throw new Error(`the host ended with ${host.exitCode}`)
    if (Date.now() > end) throw new Error('waited in vain')
    await sleep(100)
  }
}
