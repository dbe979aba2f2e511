import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build, type Metafile } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agentPlugins } from '../../build/agent-plugins.ts'
import { type ScriptedModel, startScriptedModel } from '../../examples/scripted-model/server.ts'

const root = join(import.meta.dirname, '../..')

/** What the clients of the two clouds ask for before they ask the model. */
const cloud = {
  ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
  ...{ GOOGLE_CLOUD_PROJECT: 'p', GOOGLE_CLOUD_LOCATION: 'global' },
}

/** Runs one session and prints what was loaded for it. */
const program = `
import { registerHooks } from 'node:module'
const loaded = []
registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context) } })
const { runSession } = await import('./docker/agent/session/session.ts')
const [provider, model, baseUrl] = process.argv.slice(2)
const end = await runSession({
  model: { provider, model, baseUrl }, apiKey: 'k', systemPrompt: 's', prompt: 'p', directory: process.cwd(),
  environment: {}, log: () => {}, signal: new AbortController().signal, onUsage: () => {},
})
const { maxRSS } = process.resourceUsage()
console.log(JSON.stringify({ said: end.why ?? end.kind, loaded, mebibytes: maxRSS / 1024 }))
`

describe('what a session loads', () => {
  let directory: string
  let outputs: Metafile['outputs']
  let scripted: ScriptedModel

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'al-start-up-'))
    scripted = await startScriptedModel({ scripts: { default: { turns: [{ text: 'x' }] } } })
    const { metafile, outputFiles } = await build({
      stdin: { contents: program, resolveDir: root, loader: 'js' },
      ...{ bundle: true, splitting: true, minify: true, metafile: true, write: false, absWorkingDir: root },
      ...{ outdir: '/', outExtension: { '.js': '.mjs' }, plugins: [...agentPlugins], legalComments: 'none' },
      ...{ platform: 'node', target: 'node24', format: 'esm', mainFields: ['module', 'main'] },
    })
    outputs = metafile.outputs
    await Promise.all(outputFiles.map(({ path, contents }) => writeFile(join(directory, path), contents)))
  }, 60_000)
  afterAll(async () => {
    await scripted.close()
    await rm(directory, { recursive: true })
  })

  /** The packages that have a part in what was loaded. */
  async function packagesFor(provider: string, model: string, baseUrl: string) {
    const args = [join(directory, 'stdin.mjs'), provider, model, baseUrl]
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd: directory,
      timeout: 30_000,
      env: cloud,
    })
    const { said, loaded, mebibytes } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
      said: string
      loaded: string[]
      mebibytes: number
    }
    const names = new Set(loaded.map((url) => url.split('/').at(-1)))
    const inputs = Object.entries(outputs)
      .filter(([file]) => names.has(file.split('/').at(-1)))
      .flatMap(([, output]) => Object.keys(output.inputs))
    return { said, mebibytes, inputs: inputs.join('\n') }
  }

  it('is one SDK, the one of its provider', async () => {
    const anthropic = await packagesFor('anthropic', 'claude-sonnet-4-5', scripted.url)
    expect(anthropic.said).toBe('completed')
    expect(anthropic.inputs).toContain('@anthropic-ai/sdk')
    expect(anthropic.inputs).not.toMatch(/node_modules\/(openai|@google|@aws-sdk|yaml)\/|openai\.json|openrouter\.json/)
    const openai = await packagesFor('openai', 'gpt-4o', `${scripted.url}/v1`)
    expect(openai.said).toBe('completed')
    expect(openai.inputs).toContain('node_modules/openai')
    expect(openai.inputs).not.toMatch(/node_modules\/(@anthropic-ai|@google|@aws-sdk)\//)
  })

  it('fits into 90 MiB', async () => {
    expect((await packagesFor('anthropic', 'claude-sonnet-4-5', scripted.url)).mebibytes).toBeLessThan(90)
  })

  it.each([
    // The scripted model does not speak the first three protocols, so that what it answers shows that it was asked.
    ['google', 'no such path: /models/x:streamGenerateContent'],
    ['vertex', 'no such path: /v1/publishers/google/models/x:streamGenerateContent'],
    ['bedrock', 'Protocol error'],
    ['mistral', 'completed'],
  ])('the client of %s runs from the bundle', async (provider, answer) => {
    const { said } = await packagesFor(provider, 'x', scripted.url)
    expect(said).toContain(answer)
  })

  it('is, with all providers together, a few megabytes', () => {
    const bytes = Object.values(outputs).reduce((sum, output) => sum + output.bytes, 0)
    expect(bytes).toBeLessThan(3_000_000)
  })
})
