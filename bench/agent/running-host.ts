import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { projectId } from '../../cli/local/project-id.ts'
import { type ScriptedModel, startScriptedModel } from '../../examples/scripted-model/server.ts'
import type { PublicRun } from '../../functions/gateway/public-run.ts'
import { nameOfThisMachine, type Runtime, writeProject } from '../../test/containers-e2e/stage.ts'
import type { Engine } from '../../test/docker/engine.ts'
import { freePort } from '../../test/support/loopback.ts'

const al = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js')

const config = (modelUrl: string) => `[model]
provider = "anthropic"
model = "scripted/hello"
baseUrl = "${modelUrl}"
authType = "api_key"

[webhooks.hook]
type = "test"
allowUnsigned = true
`

const agentConfig = `credentials = []
scale = 10

[[webhooks]]
source = "hook"
`

export interface RunningHost {
  readonly url: string
  /** Sends a webhook that starts a run; resolves when it has been accepted. */
  deliver(): Promise<void>
  /** Resolves at so many further requests to the model. */
  asked(count: number): Promise<void>
  /** Resolves when no run is alive. */
  rest(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** The built `al start` on a project of one agent, whose model says hello. For containers it takes an engine. */
export async function runningHost(runtime: Runtime, engine?: Engine): Promise<RunningHost> {
  const home = mkdtempSync(join(tmpdir(), 'al-bench-'))
  const listeners = new Set<() => void>()
  const model = await startScriptedModel({
    scripts: { hello: { turns: [{ text: 'Hello.' }] } },
    hostname: runtime === 'docker' ? '0.0.0.0' : '127.0.0.1',
    onRequest: () => {
      for (const listener of [...listeners]) listener()
    },
  })
  const { directory, env } = writeProject(home, {
    files: {
      'config.toml': config(`http://${nameOfThisMachine(runtime)}:${portOf(model)}`),
      'agents/greeter/agent-config.toml': agentConfig,
      'agents/greeter/ACTIONS.md': 'Say hello.',
    },
  })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const host = spawn(
    process.execPath,
    [al, 'start', '-H', '-p', directory, '--runtime', runtime, '--port', String(port)],
    {
      env: { ...process.env, ...env, ...(engine && { AL_BASE_IMAGE: engine.baseImage }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const ended = once(host, 'exit').then(() => {
    throw new Error(`al start has ended: ${output}`)
  })
  ended.catch(() => undefined)
  let output = ''
  for (const stream of [host.stdout, host.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))

  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await condition())) {
      if (host.exitCode !== null || host.signalCode !== null) throw new Error(`al start has ended: ${output}`)
      await sleep(20)
    }
  }
  await until(() => output.includes('ready: agents start from now on'))

  return {
    url,
    async deliver() {
      const body = JSON.stringify({ event: 'bench' })
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${url}/webhooks/hook`, { method: 'POST', headers, body })
      const said = await answer.text()
      if (!answer.ok) throw new Error(`the webhook was answered with ${answer.status}: ${said}`)
    },
    asked(count) {
      let left = count
      const { promise, resolve } = Promise.withResolvers<void>()
      const heard = () => {
        left -= 1
        if (left > 0) return
        listeners.delete(heard)
        resolve()
      }
      listeners.add(heard)
      return Promise.race([promise, ended])
    },
    rest: () =>
      until(async () => {
        const key = readFileSync(join(home, 'credentials/gateway_api_key/default/key'), 'utf8').trim()
        const answer = await fetch(`${url}/control/agents/greeter/runs`, {
          headers: { authorization: `Bearer ${key}` },
        })
        const { runs } = (await answer.json()) as { readonly runs: readonly PublicRun[] }
        return runs.every(({ outcome }) => outcome !== undefined)
      }),
    async [Symbol.asyncDispose]() {
      host.kill('SIGTERM')
      if (host.exitCode === null && host.signalCode === null) await once(host, 'exit')
      await model.close()
      if (engine) await removeAll(engine, projectId(directory, 'default'))
      if (existsSync(home)) rmSync(home, { recursive: true })
    },
  }
}

const portOf = ({ url }: ScriptedModel): string => new URL(url).port

/** What the engine has of the project; the layers of its images stay, so that the next build is quick. */
async function removeAll({ docker }: Engine, id: string): Promise<void> {
  const filters = { label: [`al.project=${id}`] }
  for (const { Id } of await docker.listContainers({ all: true, filters })) {
    await docker.getContainer(Id).remove({ force: true, v: true })
  }
  for (const { Name } of (await docker.listVolumes({ filters })).Volumes ?? []) await docker.getVolume(Name).remove()
  for (const { Id } of await docker.listNetworks({ filters })) await docker.getNetwork(Id).remove()
  for (const { Id } of await docker.listImages({ filters })) {
    await docker.getImage(Id).remove({ force: true, noprune: true })
  }
}
