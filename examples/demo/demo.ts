import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startScriptedModel } from '../scripted-model/server.ts'
import { scripts } from './scripts.ts'

/**
 * `npm run demo`: examples/acme on this machine, with a model that follows a script. A webhook starts dev, which takes a
 * lock, calls reviewer and returns; then devops is started by hand and asks for another run. Nothing of it leaves this
 * machine: accounts and keys are made up, GitHub's command line is a stand-in. Agents run as processes; `--docker` runs
 * them in containers, whose images take minutes the first time.
 */
const root = dirname(dirname(import.meta.dirname))
const runtime = process.argv.includes('--docker') ? 'docker' : 'process'
const home = mkdtempSync(join(tmpdir(), 'al-demo-'))
const project = join(home, 'acme')
const webhookSecret = 'a-secret-of-the-demo'
const patience = 45_000

const env = {
  ...process.env,
  AL_CREDENTIALS_HOME: join(home, 'credentials'),
  PATH: [import.meta.dirname, process.env.PATH].join(delimiter),
}
const al = [join(root, 'cli', 'main.ts')]
const isContained = runtime === 'docker'
const model = await startScriptedModel({ scripts, ...(isContained && { hostname: '0.0.0.0' }) })
let host: ChildProcess | undefined
try {
  writeProject()
  const started = Date.now()
  host = spawn(
    process.execPath,
    [...al, 'start', '-p', project, '-E', 'demo', '-H', '--runtime', runtime, '--port', String(await freePort())],
    {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  const { url } = await hostFile()

  say('a webhook of GitHub: issue 42 is labelled "ready-for-dev"')
  await deliver(url)
  expectOutcome('dev', 'completed', await ended(url, 'dev'))
  expectOutcome('reviewer', 'completed', await ended(url, 'reviewer'))

  say('devops is started by hand')
  await command('run', 'devops', '-p', project, '-E', 'demo')

  say('what there was')
  await command('calls', '-p', project, '-E', 'demo')
  await command('stat', '-p', project, '-E', 'demo')
  await command('stop', '-p', project, '-E', 'demo')
  console.log(
    `\nthe demo took ${Math.round((Date.now() - started) / 1000)} s, the model was asked ${model.requests.length} times`,
  )
} catch (error) {
  console.error(`the demo ended early: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
} finally {
  if (host !== undefined && host.exitCode === null) {
    host.kill('SIGTERM')
    await once(host, 'exit')
  }
  await model.close()
  rmSync(home, { recursive: true, force: true })
}

/** The project in its temporary home, its model at the script's address, and credentials that open nothing. */
function writeProject(): void {
  cpSync(join(root, 'examples', 'acme'), project, {
    recursive: true,
    filter: (from) => !/[/\\](?:cdk\.out|\.al)$/.test(from),
  })
  const address = isContained ? model.url.replace(/\/\/[^:]+/, '//gateway') : model.url
  mkdirSync(join(project, 'environments'))
  writeFileSync(join(project, 'environments', 'demo.toml'), `[model]\nbaseUrl = "${address}"\n`)
  const credentials = {
    'anthropic_key/default/token': 'sk-ant-made-up',
    'github_token/default/token': 'made-up',
    'github_token/reviewer/token': 'made-up',
    'github_token/triage/token': 'made-up',
    'git_ssh/bot/username': 'acme-bot',
    'git_ssh/bot/email': 'bot@example.com',
    'sentry_token/default/token': 'made-up',
    'sentry_client_secret/prod/secret': 'made-up',
    'github_webhook_secret/acme/secret': webhookSecret,
  }
  for (const [name, value] of Object.entries(credentials)) {
    const file = join(home, 'credentials', name)
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(file, value, { mode: 0o600 })
  }
}

async function hostFile(): Promise<{ url: string }> {
  const file = join(project, '.al', 'host.json')
  return await until(() => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined), 'the host', 600_000)
}

/** Another port than the usual one: a host of yours may be running. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

async function deliver(url: string): Promise<void> {
  const repository = { full_name: 'acme/app', owner: { login: 'acme' } }
  const labels = [{ name: 'ready-for-dev' }]
  const issue = { number: 42, title: 'The login page is blank', labels, user: { login: 'ann' } }
  const organization = { login: 'acme' }
  const event = { action: 'labeled', label: labels[0], issue, repository, organization, sender: { login: 'ann' } }
  const body = JSON.stringify(event)
  const signature = createHmac('sha256', webhookSecret).update(body).digest('hex')
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'issues',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': `sha256=${signature}`,
  }
  const answer = await fetch(`${url}/webhooks/github`, { method: 'POST', headers, body })
  console.log(`   answered ${answer.status}: ${await answer.text()}`)
}

/** How the newest run of an agent ended. */
async function ended(url: string, agent: string): Promise<string> {
  const key = readFileSync(join(home, 'credentials', 'gateway_api_key', 'default', 'key'), 'utf8').trim()
  const headers = { authorization: `Bearer ${key}` }
  return await until(async () => {
    const answer = await fetch(`${url}/control/agents/${agent}/runs?limit=1`, { headers })
    const { runs } = (await answer.json()) as { runs: { outcome?: string }[] }
    return runs[0]?.outcome
  }, `agent ${agent}`)
}

function expectOutcome(agent: string, expected: string, outcome: string): void {
  if (outcome !== expected) throw new Error(`the run of ${agent} ended as ${outcome}`)
}

async function command(...words: string[]): Promise<void> {
  console.log(`$ al ${words.slice(0, words.indexOf('-p')).join(' ')}`)
  const child = spawn(process.execPath, [...al, ...words], { env, stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`al ${words[0]} ended with ${code}`)
}

async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  what: string,
  limit = patience,
): Promise<T> {
  const end = Date.now() + limit
  while (Date.now() < end && host?.exitCode === null) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(100)
  }
  throw new Error(`waited in vain for ${what}`)
}

function say(what: string): void {
  console.log(`\n── ${what}`)
}
