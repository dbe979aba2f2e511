import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadTui, tuiPackage } from '../../cli/chat/tui-package.ts'
import type { Script } from '../../examples/scripted-model/script.ts'
import { startScriptedModel } from '../../examples/scripted-model/server.ts'
import pkg from '../../package.json' with { type: 'json' }
import { noMinistack, startMinistack } from '../support/ministack.ts'
import { al, tempDirectory, tempProject } from '../support/temp-project.ts'
import { hasTmux, openShell, type Terminal } from '../support/terminal.ts'

const main = join(import.meta.dirname, '../../cli/main.ts')
const token = 'ghp_c4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4ry'
const sshKey = `-----BEGIN OPENSSH PRIVATE KEY-----\n${'c4n4ryKEY'.repeat(7)}\n-----END OPENSSH PRIVATE KEY-----`

const instructions = '# dev\n\nDo the work that is labelled.\n'
const files = (url: string) => ({
  'config.toml': `[model]\nprovider = "anthropic"\nmodel = "scripted/chat"\nbaseUrl = "${url}"\n`,
  'agents/dev/agent-config.toml':
    'credentials = ["github_token", "git_ssh"]\nschedule = "0 7 * * *"\n\n[params]\nrepo = "acme/app"\n',
  'agents/dev/ACTIONS.md': instructions,
})

/** A project, its credentials, a model that follows a script, and a terminal. */
async function stage(chat: Script, more: Readonly<Record<string, string>> = {}, variables = {}) {
  const model = await startScriptedModel({ scripts: { chat } })
  onTestFinished(() => model.close())
  const project = tempProject({ ...files(model.url), ...more })
  const home = tempDirectory()
  const store = {
    'anthropic_key/default/token': 'sk-ant-c4n4ry-c4n4ry-c4n4ry',
    'github_token/default/token': token,
    'git_ssh/default/id_rsa': sshKey,
    'git_ssh/default/username': 'Dev',
    'git_ssh/default/email': 'dev@example.com',
  }
  for (const [path, value] of Object.entries(store)) {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    writeFileSync(join(home, path), `${value}\n`)
  }
  const temporary = tempDirectory()
  const env = { PATH: process.env.PATH ?? '', HOME: home, AL_CREDENTIALS_HOME: home, TMPDIR: temporary, ...variables }
  const terminal = openShell({ cwd: project, env })
  onTestFinished(() => terminal[Symbol.dispose]())
  return { model, project, terminal, temporary }
}

const start = async (terminal: Terminal, agent = '') => {
  terminal.line(`node ${main} chat ${agent}; echo "exit code $?"`)
  await terminal.see('Enter sends', 60)
}
/** What the model was sent, whole. */
const heard = (requests: readonly { readonly body: unknown }[]) => requests.map(({ body }) => JSON.stringify(body))

describe.skipIf(!hasTmux)('al chat, in a terminal', () => {
  test('in the place of an agent: a tool has its credentials, nothing of them is on the screen, and nothing is left', async () => {
    const { model, terminal, temporary } = await stage({
      turns: [
        {
          text: 'I look who I am.',
          tools: [
            {
              name: 'bash',
              input: {
                command:
                  'echo "token $GITHUB_TOKEN" && echo "author $GIT_AUTHOR_NAME" && cat "$(dirname "$GIT_SSH_COMMAND" | sed "s/^.*\'//")/id_rsa"',
              },
            },
          ],
        },
        { text: '## Done\n\n- it is **there**', usage: { input: 1000, output: 200 } },
      ],
    })
    await start(terminal, 'dev')
    terminal.paste('look at yourself\nand say what you find')
    terminal.press('Enter')
    await terminal.see('it is there')
    await terminal.see(/anthropic\/scripted\/chat · 1\.3k tokens/)
    const [first = '', second = ''] = heard(model.requests)
    expect(first).toContain('look at yourself\\nand say what you find')
    expect(first).toContain('Do the work that is labelled.')
    expect(first).toContain('acme/app')
    expect(second).toContain(`token ${token}`)
    expect(second).toContain('author Dev')
    expect(readdirSync(temporary).filter((name) => name.startsWith('al-chat-'))).toHaveLength(1)
    terminal.press('C-c')
    const screen = await terminal.see('exit code 0')
    expect(screen).toContain('$ echo "token')
    expect(screen).toContain('token [redacted]')
    expect(screen).toContain('author Dev')
    expect(screen).not.toContain('**')
    expect(screen).toMatch(/chat ended: 2 turns, 1,320 tokens/)
    expect(terminal.sent()).not.toMatch(/c4n4ry/)
    expect(readdirSync(temporary).filter((name) => name.startsWith('al-chat-'))).toEqual([])
  })

  test('Ctrl-C stops a tool, the conversation goes on, and the next one leaves', async () => {
    const { model, terminal, project } = await stage({
      turns: [
        { text: 'It takes a while.', tools: [{ name: 'bash', input: { command: 'touch begun; sleep 600' } }] },
        { text: 'As you wish.' },
      ],
    })
    await start(terminal, 'dev')
    terminal.line('begin')
    await terminal.see('bash is at work')
    await expect.poll(() => existsSync(join(project, 'agents/dev/begun')), { timeout: 10_000 }).toBe(true)
    terminal.press('C-c')
    await terminal.see('stopped')
    terminal.line('never mind')
    await terminal.see('As you wish.')
    expect(heard(model.requests).at(-1)).toContain('never mind')
    terminal.type('half a thought')
    await terminal.see('half a thought')
    terminal.press('C-c')
    await expect.poll(() => terminal.screen().includes('half a thought')).toBe(false)
    terminal.press('C-c')
    await terminal.see('exit code 0')
  })

  test('ended from outside while a tool is at work, it leaves no key and no process behind', async () => {
    const { terminal, temporary, project } = await stage({
      turns: [
        {
          text: 'Now.',
          tools: [{ name: 'bash', input: { command: 'sleep 600 & echo $! > pid; kill -TERM $PPID; wait' } }],
        },
      ],
    })
    await start(terminal, 'dev')
    terminal.line('go')
    await terminal.see('exit code 0', 60)
    expect(readdirSync(temporary).filter((name) => name.startsWith('al-chat-'))).toEqual([])
    const pid = Number(readFileSync(join(project, 'agents/dev/pid'), 'utf8'))
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false)
  })

  test('about the project: the model knows its agents and what is wrong with it, and changes files of it', async () => {
    const { model, terminal, project } = await stage(
      {
        turns: [
          {
            text: 'One moment.',
            tools: [{ name: 'write', input: { path: 'agents/dev/ACTIONS.md', content: 'Less.\n' } }],
          },
          { text: 'It is shorter now.' },
        ],
      },
      { 'agents/odd/agent-config.toml': 'shedule = "0 7 * * *"\n' },
    )
    await start(terminal)
    terminal.line('make dev shorter')
    await terminal.see('It is shorter now.')
    expect(readFileSync(join(project, 'agents/dev/ACTIONS.md'), 'utf8')).toBe('Less.\n')
    const [first = ''] = heard(model.requests)
    expect(first).toContain('Do the work that is labelled.')
    expect(first).toContain('0 7 * * *')
    expect(first).toContain('unknown key (did you mean')
    expect(first).not.toContain(token)
    terminal.press('C-d')
    await terminal.see('exit code 0')
  })

  test('what the model cannot do is told, and the conversation goes on', async () => {
    const { terminal } = await stage({
      turns: [{ fail: 'bad_request', times: 1, message: 'no such thing' }, { text: 'Here I am.' }],
    })
    await start(terminal, 'dev')
    terminal.line('hello')
    await terminal.see('no such thing')
    terminal.line('hello again')
    await terminal.see('Here I am.')
    terminal.press('C-c')
    await terminal.see('exit code 0')
  })
})

describe.skipIf(!hasTmux || noMinistack !== undefined)('al chat -c, in a terminal', () => {
  test('has the credentials of the cloud, and names what is missing there', async () => {
    const cloud = await startMinistack()
    onTestFinished(() => cloud.stop())
    const store = new SecretsManagerClient({
      endpoint: cloud.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    })
    const put = (id: string, SecretString: string) =>
      store.send(new CreateSecretCommand({ Name: `action-llama/${id}`, SecretString }))
    const { terminal } = await stage(
      {
        turns: [
          {
            text: 'I look.',
            tools: [
              { name: 'bash', input: { command: 'test "$GITHUB_TOKEN" = deployed-token && echo the deployed one' } },
            ],
          },
          { text: 'Seen.' },
        ],
      },
      {},
      cloud.env,
    )
    await put('github_token/default/token', 'deployed-token')
    await put('git_ssh/default/username', 'Dev')
    await put('git_ssh/default/email', 'dev@example.com')
    terminal.line(`node ${main} chat dev -c; echo "exit code $?"`)
    const refused = await terminal.see('exit code 4', 60)
    expect(refused).toContain('anthropic_key token: `al doctor -c`')
    await put('anthropic_key/default/token', 'deployed-key')
    await start(terminal, 'dev -c')
    terminal.line('look')
    await terminal.see('Seen.')
    expect(terminal.screen()).toContain('the deployed one')
    terminal.press('C-c')
    await terminal.see('exit code 0')
    expect(terminal.sent()).not.toMatch(/deployed-key/)
  })
})

describe('al chat refuses', () => {
  const project = () => tempProject(files('http://127.0.0.1:1'))

  test('to begin without a terminal, and says what works there', () => {
    const { code, stderr } = al(['chat', 'dev', '-p', project()])
    expect(code).toBe(2)
    expect(stderr).toContain("al run dev --input '")
  })

  test('-c without an agent', () => {
    const { code, stderr } = al(['chat', '-c', '-p', project()])
    expect(code).toBe(2)
    expect(stderr).toContain('name one')
  })

  test('without the terminal UI, and says how to get the release that was tested', async () => {
    const absent = async () => {
      throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
    }
    await expect(loadTui(absent)).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining(`npm install ${tuiPackage}`),
    })
    expect(tuiPackage).toBe(`@earendil-works/pi-tui@${pkg.devDependencies['@earendil-works/pi-tui']}`)
  })
})

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
