import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { offeredModels, providerNames } from '../../cli/new/models.ts'
import { templateNames } from '../../cli/new/templates.ts'
import type { ModelProvider } from '../../core/project/schema/model.ts'
import { knownModels } from '../../docker/agent/session/providers.ts'
import { startAl } from '../cli-client/scripted-host.ts'
import { canary } from '../creds/store.ts'
import { problemsIn, tempDirectory } from '../support/temp-project.ts'

/** An empty directory, and `al` as somebody types it there. */
function desk() {
  const directory = tempDirectory()
  const env = { AL_CREDENTIALS_HOME: join(directory, '.credentials'), HOME: directory }
  return {
    directory,
    path: (...parts: string[]) => join(directory, ...parts),
    read: (...parts: string[]) => readFileSync(join(directory, ...parts), 'utf8'),
    al: (...args: string[]) => startAl(args, { cwd: directory, env }).ended,
    told: (stdin: string, ...args: string[]) => startAl(args, { cwd: directory, env, stdin }).ended,
  }
}

const everyFile = ['.gitignore', 'AGENTS.md', 'CLAUDE.md', 'Dockerfile', 'agents', 'config.toml']

describe('al new', () => {
  test('with --yes makes a project that compiles, and ends with the one next command', async () => {
    const { al, path } = desk()
    const { code, stdout, stderr } = await al('new', 'acme', '--yes')
    expect([code, stdout.trimEnd().split('\n').at(-1)]).toEqual([0, 'Next: cd acme && al doctor'])
    expect(stderr).toContain('anthropic_key token (Anthropic API Credential), for agent "helper"')
    expect(readdirSync(path('acme')).sort()).toEqual(everyFile)
    for (const provider of ['local', 'ecs', 'cloud-run'] as const)
      expect(problemsIn(path('acme'), { provider })).toEqual([])
  })

  test.each(templateNames)(
    'template %s compiles everywhere, and doctor names what is truly missing',
    async (template) => {
      const { al, path, read } = desk()
      await al('new', 'acme', '--yes', '--template', template, '--repo', 'acme/app', '--runtime', 'process')
      expect(problemsIn(path('acme'), { provider: 'ecs' })).toEqual([])
      expect(problemsIn(path('acme'), { provider: 'local' })).toEqual([])
      const name = template === 'empty' ? 'helper' : template
      expect(read('acme', 'agents', name, 'ACTIONS.md')).not.toMatch(/\{\{/)
      expect(read('acme', 'agents', name, 'agent-config.toml')).not.toMatch(/\{\{/)
      const { stdout } = await al('doctor', '--json', '-p', 'acme')
      const { problems, checks } = JSON.parse(stdout)
      const missing = checks.filter(({ state, kind }: Record<string, string>) => state === 'missing' && kind !== 'port')
      expect(problems).toEqual([])
      expect(missing.map(({ what }: { what: string }) => what)).toEqual(missingOf[template])
    },
  )

  test('takes the key from standard input, and is ready then', async () => {
    const { told, read } = desk()
    const { code, stdout, stderr } = await told(`sk-ant-${canary}\n`, 'new', 'acme', '--yes', '--credential-from-stdin')
    expect([code, stdout.trimEnd().split('\n').at(-1)]).toEqual([0, 'Next: cd acme && al start'])
    expect(read('.credentials/anthropic_key/default/token')).toBe(`sk-ant-${canary}\n`)
    expect(stdout + stderr).not.toContain(canary)
  })

  test('a key that does not look like one makes nothing', async () => {
    const { told, path } = desk()
    const { code, stderr } = await told(canary, 'new', 'acme', '--yes', '--credential-from-stdin')
    expect(code).toBe(4)
    expect(stderr).toContain('it begins with sk-ant-')
    expect(stderr).not.toContain(canary)
    expect(existsSync(path('acme'))).toBe(false)
  })

  test('a key that is stored already is not asked for, whatever comes on standard input', async () => {
    const { told, al } = desk()
    await told('gsk_1', 'creds', 'add', 'groq_key', '--from-stdin')
    const { code, stderr } = await al('new', 'acme', '--provider', 'groq', '--model', 'm', '--template', 'empty')
    expect([code, stderr]).toEqual([0, 'groq_key (Groq API Credential) is stored already\n'])
  })

  test('keeps files that are there, and says which', async () => {
    const { al, path, read } = desk()
    mkdirSync(path('acme'))
    writeFileSync(path('acme', 'AGENTS.md'), 'mine')
    writeFileSync(path('acme', '.gitignore'), 'mine, too')
    const { code, stderr } = await al('new', 'acme', '--yes')
    expect(code).toBe(0)
    expect(stderr).toContain('AGENTS.md was there already, and is kept as it was')
    expect([read('acme', 'AGENTS.md'), read('acme', '.gitignore')]).toEqual(['mine', 'mine, too'])
  })

  test('refuses a project that is there, and says what to do', async () => {
    const { al, read } = desk()
    await al('new', 'acme', '--yes')
    const before = read('acme', 'config.toml')
    const { code, stderr } = await al('new', 'acme', '--yes', '--provider', 'openai')
    expect(code).toBe(2)
    expect(stderr).toContain('acme is a project already: `al agent new -p acme` adds an agent to it')
    expect(read('acme', 'config.toml')).toBe(before)
  })

  test.each(['My Agents', '-x', 'a_b', 'ümlaut', 'x'.repeat(64)])('%j is no name of a project', async (name) => {
    const { al, path } = desk()
    const { code, stderr } = await al('new', '--yes', '--', name)
    expect(code).toBe(2)
    expect(stderr).toContain('is no name of a project: 1–63 lower-case letters')
    expect(existsSync(path(name))).toBe(false)
  })

  test('without a terminal each question is refused with the flag that answers it', async () => {
    const { al, path } = desk()
    const asked = async (...args: string[]) => (await al('new', 'acme', ...args)).stderr
    expect(await asked()).toContain('with --provider <name>')
    expect(await asked('--provider', 'openai')).toContain('with --model <id>')
    expect(await asked('--provider', 'custom', '--model', 'm')).toContain('with --base-url <url>')
    expect(await asked('--provider', 'openai', '--model', 'm')).toContain('with --template <name>')
    const model = ['--provider', 'openai', '--model', 'm']
    expect(await asked(...model, '--template', 'dev')).toContain('with --repo <owner/name>')
    expect(existsSync(path('acme'))).toBe(false)
  })

  test('a server of its own takes any key', async () => {
    const { told, path } = desk()
    const custom = [
      '--provider',
      'custom',
      '--model',
      'm',
      '--base-url',
      'http://127.0.0.1:1/v1',
      '--api',
      'openai-completions',
    ]
    const { code } = await told('anything', 'new', 'acme', '--yes', ...custom, '--credential-from-stdin')
    expect([code, problemsIn(path('acme'), { provider: 'local' })]).toEqual([0, []])
  })

  test('--json says what was made', async () => {
    const { al } = desk()
    const { stdout } = await al('new', 'acme', '--yes', '--json', '--agent', 'first')
    const { project, agent, ready, next, files } = JSON.parse(stdout)
    expect({ project, agent, ready, next }).toEqual({
      project: 'acme',
      agent: 'first',
      ready: false,
      next: 'cd acme && al doctor',
    })
    expect(files).toContain('agents/first/ACTIONS.md')
  })
})

const missingOf: Readonly<Record<(typeof templateNames)[number], readonly string[]>> = {
  empty: ['anthropic_key token'],
  dev: [
    'anthropic_key token',
    'git_ssh email',
    'git_ssh username',
    'github_token token',
    'github_webhook_secret secret',
  ],
  reviewer: ['anthropic_key token', 'github_token:reviewer token', 'github_webhook_secret secret'],
  planner: ['anthropic_key token', 'github_token token', 'github_webhook_secret secret'],
  devops: ['anthropic_key token', 'github_token token', 'github_webhook_secret secret', 'sentry_token token'],
}

test.each(providerNames.filter((one) => one !== 'custom'))(
  'every model that is offered for %s is known',
  async (provider) => {
    const known = await knownModels(provider as ModelProvider)
    expect(offeredModels[provider].length).toBeGreaterThan(0)
    for (const id of offeredModels[provider]) expect(Object.keys(known)).toContain(id)
  },
)
