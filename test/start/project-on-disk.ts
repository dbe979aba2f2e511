import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { tempDirectory, tempProject } from '../support/temp-project.ts'

export interface AgentFile {
  readonly schedule?: string
  readonly params?: Readonly<Record<string, string | number>>
  readonly more?: string
}

/** Waits for a condition; a test that hangs here has found that it never comes. */
export async function until(condition: () => unknown): Promise<void> {
  while (!(await condition())) await sleep(20)
}

/** A project, a user's credentials, and a journal of which agent ran when. Whatever it starts is ended with the test. */
export function projectOnDisk(agents: Readonly<Record<string, AgentFile>>, config = '') {
  const home = tempDirectory()
  const journalFile = join(home, 'journal')
  const hold = join(home, 'hold')
  const project = tempProject({
    'config.toml': `[model]\nprovider = "anthropic"\nmodel = "claude-test"\n${config}`,
  })
  const credentials = join(home, 'credentials')
  const children: ChildProcess[] = []

  const writeAgent = (name: string, { schedule = '0 0 1 1 *', params = {}, more = '' }: AgentFile) => {
    mkdirSync(join(project, 'agents', name), { recursive: true })
    const all = { journal: journalFile, hold, ...params }
    const lines = Object.entries(all).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
    const text = `schedule = "${schedule}"\n${more}\n[params]\n${lines.join('\n')}\n`
    writeFileSync(join(project, 'agents', name, 'agent-config.toml'), text)
    writeFileSync(join(project, 'agents', name, 'ACTIONS.md'), 'Do it.')
  }
  for (const [name, file] of Object.entries(agents)) writeAgent(name, file)

  const store = (path: string, value: string) => {
    mkdirSync(join(credentials, path, '..'), { recursive: true })
    writeFileSync(join(credentials, path), value)
  }
  store('anthropic_key/default/token', 'sk-ant-canary-000')
  onTestFinished(() => {
    for (const child of children) child.kill('SIGKILL')
    rmSync(hold, { force: true })
  })

  return {
    project,
    credentials,
    store,
    writeAgent,
    env: { AL_CREDENTIALS_HOME: credentials },
    hold: () => writeFileSync(hold, ''),
    letGo: () => rmSync(hold, { force: true }),
    /** One line for each time an agent claimed a run: the run, its process, and the version in its parameters. */
    journal: () =>
      existsSync(journalFile)
        ? readFileSync(journalFile, 'utf8')
            .trimEnd()
            .split('\n')
            .map((line) => {
              const [run = '', pid = '', version = ''] = line.split(' ')
              return { run, pid: Number(pid), version }
            })
        : [],
    key: () => readFileSync(join(credentials, 'gateway_api_key/default/key'), 'utf8').trim(),
    /** Starts a host in a process of its own. */
    startHost(port: number) {
      const program = join(import.meta.dirname, 'host-program.ts')
      const child = spawn(process.execPath, [program, project, String(port)], {
        env: { ...process.env, AL_CREDENTIALS_HOME: credentials },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      children.push(child)
      return hostProcess(child, port, () =>
        readFileSync(join(credentials, 'gateway_api_key/default/key'), 'utf8').trim(),
      )
    },
  }
}

export interface SeenEvent {
  readonly kind: string
  readonly level: string
  readonly text: string
  readonly agent?: string
}

function hostProcess(child: ChildProcess, port: number, key: () => string) {
  const events: SeenEvent[] = []
  let errors = ''
  if (child.stdout !== null) createInterface(child.stdout).on('line', (line) => events.push(JSON.parse(line)))
  child.stderr?.on('data', (data) => {
    errors += data
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const url = `http://127.0.0.1:${port}`
  const ask = async (method: 'GET' | 'POST', path: string, body: unknown = {}) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key()}`, 'content-type': 'application/json' },
      ...(method === 'POST' && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, never> }
  }
  return {
    child,
    url,
    events,
    ended,
    errors: () => errors,
    ask,
    said: (text: string) => events.some((event) => event.text.includes(text)),
    async ready() {
      await Promise.race([
        until(() => events.some(({ kind }) => kind === 'ready')),
        ended.then((code) => {
          throw new Error(`the host ended with ${code}: ${errors}`)
        }),
      ])
    },
  }
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    // One that has ended, and that its parent has not looked at yet, still takes signals.
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
