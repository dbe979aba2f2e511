import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { canary } from '../creds/store.ts'
import { freePort } from '../support/loopback.ts'
import { problemsIn, tempDirectory } from '../support/temp-project.ts'
import { hasTmux, openShell } from '../support/terminal.ts'

const main = resolve(import.meta.dirname, '../../cli/main.ts')

/** Somebody at a terminal, in an empty directory, with an empty store. */
function person() {
  const directory = tempDirectory()
  const credentials = join(directory, '.credentials')
  const terminal = openShell({ cwd: directory })
  const environment = `env -u CI AL_ENV= NO_COLOR=1 LANG=C.UTF-8 HOME='${directory}' AL_CREDENTIALS_HOME='${credentials}'`
  return {
    directory,
    terminal,
    path: (...parts: string[]) => join(directory, ...parts),
    secret: (path: string) => readFileSync(join(credentials, path), 'utf8').trim(),
    /** Types a command; its end is `exit code n` on the screen. */
    al(words: string) {
      terminal.type(`clear; ${environment} '${process.execPath}' '${main}' ${words}; echo "exit code $?"`)
      terminal.press('Enter')
    },
    /** Answers one question: a text, or nothing for what is offered. */
    async answer(question: string, text = '') {
      await terminal.see(question)
      if (text !== '') terminal.type(text)
      terminal.press('Enter')
    },
    [Symbol.dispose]: () => terminal[Symbol.dispose](),
  }
}

test.skipIf(!hasTmux)('al new by keyboard: Enter takes what is offered, and the key is not shown', async () => {
  using me = person()
  me.al('new acme')
  await me.answer('Whose models should the agents use?')
  await me.answer('Which model?')
  await me.answer('What should the first agent do?')
  await me.answer('API key or OAuth token (Enter: none)', canary)
  await me.terminal.see('it begins with sk-ant-')
  me.terminal.press('C-u')
  me.terminal.type(`sk-ant-${canary}`)
  me.terminal.press('Enter')
  await me.terminal.see('exit code 0')
  expect(me.terminal.screen()).toContain('Next: cd acme && al start')
  expect(me.secret('anthropic_key/default/token')).toBe(`sk-ant-${canary}`)
  expect(me.terminal.sent()).not.toContain(canary)
  expect(problemsIn(me.path('acme'), { provider: 'local' })).toEqual([])
})

test.skipIf(!hasTmux)('Ctrl-C at any question makes nothing', async () => {
  using me = person()
  me.al('new acme --provider openai')
  await me.terminal.see('Which model?')
  me.terminal.press('C-c')
  await me.terminal.see('exit code 1')
  expect(me.terminal.screen()).toContain('left without an answer: nothing was changed by it')
  expect(existsSync(me.path('acme'))).toBe(false)
})

test.skipIf(!hasTmux)('al creds add asks for every field; a key of several lines comes from its file', async () => {
  using me = person()
  writeFileSync(me.path('key'), `-----BEGIN OPENSSH PRIVATE KEY-----\n${canary}\n-----END OPENSSH PRIVATE KEY-----\n`)
  writeFileSync(me.path('no-key'), canary)
  me.al('creds add git_ssh')
  await me.answer('Name of the author of commits', 'Bot')
  await me.answer('E-mail address of the author', 'bot@example.com')
  await me.answer('Private key: path of the file (Enter: none)', me.path('no-key'))
  await me.terminal.see('it is the whole file')
  for (let i = 0; i < me.path('no-key').length; i++) me.terminal.press('BSpace')
  me.terminal.type(me.path('key'))
  me.terminal.press('Enter')
  await me.terminal.see('exit code 0')
  expect([me.secret('git_ssh/default/username'), me.secret('git_ssh/default/email')]).toEqual([
    'Bot',
    'bot@example.com',
  ])
  expect(me.secret('git_ssh/default/id_rsa')).toContain(canary)
  // Asked again, an optional field is left out with Enter; what is there is kept unless one says otherwise.
  me.al('creds add git_ssh')
  await me.answer('git_ssh is there already. Replace it?')
  await me.terminal.see('git_ssh was left as it is')
})

test.skipIf(!hasTmux)('al creds rm asks, and no is what Enter means', async () => {
  using me = person()
  me.al('creds add netlify_token')
  await me.answer('Access token', canary)
  await me.terminal.see('stored netlify_token (token)')
  me.al('creds rm netlify_token')
  await me.answer('Remove netlify_token (token) from this machine')
  await me.terminal.see('exit code 0')
  expect(me.secret('netlify_token/default/token')).toBe(canary)
  me.al('creds rm netlify_token')
  await me.terminal.see('Remove netlify_token (token) from this machine')
  me.terminal.type('y')
  await me.terminal.see('removed netlify_token')
  expect(existsSync(me.path('.credentials/netlify_token'))).toBe(false)
})

test.skipIf(!hasTmux)("al doctor asks for what is missing, makes the gateway's key, and is well then", async () => {
  using me = person()
  mkdirSync(me.path('acme', 'agents', 'dev'), { recursive: true })
  writeFileSync(
    me.path('acme', 'config.toml'),
    `[model]\nprovider = "openai"\nmodel = "gpt-5.5"\n[webhooks.github]\ntype = "github"\ncredential = "acme"\n[local]\nruntime = "process"\n[gateway]\nport = ${await freePort()}\n`,
  )
  writeFileSync(me.path('acme', 'agents', 'dev', 'agent-config.toml'), '[[webhooks]]\nsource = "github"\n')
  me.al('doctor -p acme')
  await me.answer('github_webhook_secret:acme is missing. Add it now?')
  await me.answer('Make a random one?')
  await me.answer('openai_key is missing. Add it now?')
  await me.answer('API key', `sk-${canary}`)
  await me.terminal.see('exit code 0')
  expect(me.secret('openai_key/default/token')).toBe(`sk-${canary}`)
  expect(me.secret('github_webhook_secret/acme/secret')).toMatch(/^[0-9a-f]{64}$/)
  expect(me.secret('gateway_api_key/default/key')).toHaveLength(43)
  expect(me.terminal.screen()).toMatch(/openai_key token +ok/)
  expect(me.terminal.screen()).not.toContain(canary)
})

test.skipIf(!hasTmux)('al agent new and al agent config by keyboard', async () => {
  using me = person()
  me.al('new acme --yes')
  await me.terminal.see('exit code 0')
  me.al('agent new -p acme')
  await me.answer('What should it be made from?')
  await me.terminal.see('Its name')
  for (let i = 0; i < 'helper'.length; i++) me.terminal.press('BSpace')
  me.terminal.type('triage')
  me.terminal.press('Enter')
  await me.terminal.see('exit code 0')
  const config = me.path('acme', 'agents', 'triage', 'agent-config.toml')
  me.al('agent config triage -p acme')
  await me.terminal.see('Change what?')
  me.terminal.press('Down', 'Down', 'Enter')
  await me.terminal.see('Cron line')
  for (let i = 0; i < '0 7 * * *'.length; i++) me.terminal.press('BSpace')
  me.terminal.type('*/30 * * * *')
  me.terminal.press('Enter')
  await me.terminal.until(() => readFileSync(config, 'utf8').includes('schedule = "*/30 * * * *"'))
  // The menu comes again, with what is there now.
  await me.terminal.see((screen) => screen.split('Change what?').length > 2)
  me.terminal.press('Up', 'Enter')
  await me.terminal.see('exit code 0')
  expect(me.terminal.screen()).toContain('changed agents/triage/agent-config.toml')
  expect(readFileSync(config, 'utf8')).toContain('# When it starts: five fields')
})
