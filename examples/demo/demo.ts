import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startScriptedModel } from '../scripted-model/server.ts'
import { acmeEnvironment, acmeHere } from './acme-here.ts'
import { scripts } from './scripts.ts'

/**
 * `npm run demo`: examples/acme on this machine, with a model that follows a script. A webhook starts dev, which takes a
 * lock, calls reviewer and returns; then devops is started by hand and asks for another run. Nothing of it leaves this
 * machine: accounts and keys are made up, GitHub's command line is a stand-in. Agents run as processes; `--docker` runs
 * them in containers, whose image takes minutes the first time. `AL_BASE_IMAGE` names an image with Node to build it on,
 * for machines that cannot pull Node's own.
 */
const root = dirname(dirname(import.meta.dirname))
const isContained = process.argv.includes('--docker')
const runtime = isContained ? 'docker' : 'process'
const home = mkdtempSync(join(tmpdir(), 'al-demo-'))
/** Milliseconds; with containers their image is built meanwhile. */
const patience = isContained ? 600_000 : 45_000

const model = await startScriptedModel({ scripts, ...(isContained && { hostname: '0.0.0.0' }) })
// What containers call this machine depends on whether the engine runs in a virtual one.
const machine = process.platform === 'linux' ? 'gateway' : 'host.docker.internal'
const modelUrl = isContained ? model.url.replace('0.0.0.0', machine) : model.url
const { project, environment, webhookSecret } = acmeHere(home, modelUrl)
const env = { ...process.env, ...environment }
const al = [join(root, 'cli', 'main.ts')]
const onProject = ['-p', project, '-E', acmeEnvironment]
let host: ChildProcess | undefined
try {
  const started = Date.now()
  host = spawn(
    process.execPath,
    [...al, 'start', ...onProject, '-H', '--runtime', runtime, '--port', String(await freePort())],
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
  await command('run', 'devops')

  say('what there was')
  await command('calls')
  await command('stat')
  await command('stop')
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
  if (isContained) await removeImages()
  rmSync(home, { recursive: true, force: true })
}

async function hostFile(): Promise<{ url: string }> {
  const file = join(project, '.al', 'host.json')
  return await until(() => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined), 'the host')
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
  console.log(`$ al ${words.join(' ')}`)
  const child = spawn(process.execPath, [...al, ...words, ...onProject], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`al ${words[0]} ended with ${code}`)
}

async function until<T>(look: () => T | undefined | Promise<T | undefined>, what: string): Promise<T> {
  const end = Date.now() + patience
  while (Date.now() < end && host?.exitCode === null) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(100)
  }
  throw new Error(`waited in vain for ${what}`)
}

/** Their layers stay until `docker image prune`: the next demo is quick. */
async function removeImages(): Promise<void> {
  const [{ default: Docker }, { projectId }] = await Promise.all([
    import('dockerode'),
    import('../../cli/local/project-id.ts'),
  ])
  const docker = new Docker()
  const label = `al.project=${projectId(project, acmeEnvironment)}`
  const images = await docker.listImages({ filters: { label: [label] } })
  for (const { Id } of images) await docker.getImage(Id).remove({ force: true, noprune: true })
}

function say(what: string): void {
  console.log(`\n── ${what}`)
}
