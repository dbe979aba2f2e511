import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openLocalHost } from '../../cli/local/open-host.ts'
import type { Script } from '../../examples/scripted-model/script.ts'
import { startScriptedModel } from '../../examples/scripted-model/server.ts'

/** What others write and the page must never obey. */
export const markup = '<img src=x onerror="document.title=`owned`"><script>document.title="owned"</script>'

const shell = (text: string, command: string) => ({
  text,
  tools: [{ name: 'bash', input: { command } }],
  usage: { input: 20_000, output: 2000 },
})

/**
 * A project on a host of this process, whose agents are processes and whose model follows a script: `worker` says what it
 * does, takes a lock, calls `helper`, and goes on while it is held. The model of `broke` has no money left, and `broke` may
 * run once a day. Closed with `close`.
 */
export async function openStage() {
  const home = mkdtempSync(join(tmpdir(), 'al-dashboard-'))
  const hold = join(home, 'hold')
  const file = (path: string, text: string) => {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    writeFileSync(join(home, path), text)
  }
  const scripts: Readonly<Record<string, Script>> = {
    broke: { prompt: '"brokeParam"', turns: [{ fail: 'quota' }] },
    helper: { prompt: '"helperParam"', turns: [{ text: `helped ${markup}` }] },
    worker: {
      prompt: '"workerParam"',
      turns: [
        shell(
          `I begin ${markup}`,
          `al-status ${quoted(`at work ${markup}`)}; rlock ${quoted(`thing ${markup}`)}; printf '{}' | al-call helper; while [ -e ${hold} ]; do sleep 0.1; done; echo ${quoted(markup)}`,
        ),
        { text: 'I am done.' },
      ],
    },
  }
  const model = await startScriptedModel({ scripts })
  const agent = (name: string, config: string, tables = '') => {
    file(`demo/agents/${name}/agent-config.toml`, `${config}\n[params]\n${name}Param = "yes"\n${tables}`)
    file(`demo/agents/${name}/ACTIONS.md`, 'Do it.')
  }
  file(
    'demo/config.toml',
    `[model]\nprovider = "anthropic"\nmodel = "claude-sonnet-4-5"\nbaseUrl = "${model.url}"\n[webhooks.inbox]\ntype = "test"\nallowUnsigned = true\n[limits]\nmaxRunsPerDay = 1000\n`,
  )
  agent('worker', 'schedule = "0 0 1 1 *"\nscale = 2\n[[webhooks]]\nsource = "inbox"\nevents = ["work"]\n')
  agent(
    'broke',
    'schedule = "0 0 1 1 *"',
    `[model]\nprovider = "anthropic"\nmodel = "claude-haiku-4-5"\nbaseUrl = "${model.url}"\n[limits]\nmaxRunsPerDay = 1\n`,
  )
  agent('helper', '[[webhooks]]\nsource = "inbox"\nevents = ["help"]\n')
  file('credentials/anthropic_key/default/token', 'sk-ant-canary-000')
  process.env.AL_CREDENTIALS_HOME = join(home, 'credentials')

  const host = await openLocalHost({
    directory: join(home, 'demo'),
    runtime: 'process',
    port: 0,
    schedules: true,
    webUi: true,
  })
  await host.ready
  const ask = async <T>(method: 'GET' | 'POST', path: string, body: unknown = {}): Promise<T> => {
    const answer = await fetch(`${host.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${host.key}`, 'content-type': 'application/json' },
      ...(method === 'POST' && { body: JSON.stringify(body) }),
    })
    return (await answer.json()) as T
  }
  return {
    host,
    model,
    ask,
    hold: () => writeFileSync(hold, ''),
    letGo: () => rmSync(hold, { force: true }),
    /** A delivery that `worker` matches if it says so, and `helper` if it says that. */
    deliver: (event: string) =>
      fetch(`${host.url}/webhooks/inbox`, {
        method: 'POST',
        body: JSON.stringify({
          event,
          source: 'test',
          repo: 'acme/app',
          sender: 'ann',
          title: `title ${markup}`,
          timestamp: new Date().toISOString(),
        }),
      }),
    runs: async (name: string) =>
      (await ask<{ runs: { id: string; status: string; outcome?: string }[] }>('GET', `/control/agents/${name}/runs`))
        .runs,
    /** Everything this host has logged. */
    logged: () =>
      readFileSync(join(home, 'demo/.al/logs/scheduler', `${new Date().toISOString().slice(0, 10)}.log`), 'utf8'),
    async close() {
      rmSync(hold, { force: true })
      await host.stop('now')
      await model.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

export type Stage = Awaited<ReturnType<typeof openStage>>

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
