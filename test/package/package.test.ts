import { spawn } from 'node:child_process'
import { appendFileSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { tuiPackage } from '../../cli/chat/tui-package.ts'
import { toolkitPackage } from '../../infra/aws/deploy/toolkit-package.ts'
import pkg from '../../package.json' with { type: 'json' }
import { logIn, sees } from '../dashboard-web/person.ts'
import { packPackage } from '../support/built-package.ts'
import { chromium, openBrowser } from '../support/chromium.ts'
import { freePort } from '../support/loopback.ts'
import { hasTmux, openShell, type Terminal } from '../support/terminal.ts'
import { gettingStarted } from './getting-started.ts'
import { type EmptyPlace, emptyPlace, install, typed } from './installed.ts'

/** A build of everything, on a machine that has other things to do. */
const long = 600_000
let tarball = ''
beforeAll(() => {
  // One that was packed just now may be named, instead of being made again.
  tarball = process.env.AL_TARBALL || packPackage()
}, long)

const here = async () => ({ tarball, model: await freePort(), host: await freePort() })

describe('the package', () => {
  test('holds what it needs and nothing else', () => {
    const place = emptyPlace()
    const files = typed(place, `tar -tzf '${tarball}'`).stdout.trim().split('\n')
    const tops = new Set(
      files.map((file) =>
        file
          .split('/')
          .slice(1, 3)
          .join('/')
          .replace(/\/.*\..*$/, ''),
      ),
    )
    const dist = [...tops].filter((one) => one.startsWith('dist/')).sort()
    expect(dist).toEqual(
      ['agent-docs', 'chunks', 'cli', 'docker', 'functions', 'templates', 'web'].map((one) => `dist/${one}`),
    )
    const others = new Set(files.map((file) => file.split('/')[1]))
    expect([...others].sort()).toEqual(['LICENSE', 'README.md', 'dist', 'examples', 'package.json', 'schema'])
    const examples = new Set(
      files.filter((file) => file.startsWith('package/examples/')).map((file) => file.split('/')[2]),
    )
    expect([...examples].sort()).toEqual(['acme', 'scripted-model'])
    expect(files.filter((file) => /\.test\.|\.map$|node_modules|\.env|\/\.(?!gitignore)/.test(file))).toEqual([])
    expect(statSync(tarball).size).toBeLessThan(8e6)
  })

  test('installed alone it brings no other package, and takes at most 60 MB', () => {
    const place = emptyPlace()
    install(place, tarball)
    expect(typed(place, 'ls "$(npm root -g)"').stdout.trim()).toBe('action-llama')
    const kilobytes = Number(typed(place, 'du -sk "$(npm root -g)"').stdout.split('\t')[0])
    expect(kilobytes * 1024).toBeLessThan(60e6)
    expect(typed(place, 'al --version').stdout.trim()).toBe(pkg.version)
  })

  test(
    'alone it makes a project that compiles for both clouds, and says what is missing',
    () => {
      const place = emptyPlace()
      install(place, tarball)
      const made = typed(place, 'al new acme --yes')
      expect(made.stdout).toContain('Next: cd acme && al doctor')
      expect(readFileSync(join(place.directory, 'acme/AGENTS.md'), 'utf8')).toBe(
        readFileSync('agent-docs/AGENTS.md', 'utf8'),
      )
      expect(typed(place, 'cd acme && al synth').code).toBe(0)
      expect(typed(place, 'cd acme && al synth --provider cloud-run').code).toBe(0)
      const doctor = typed(place, 'cd acme && al doctor --check')
      expect(doctor.code).toBe(4)
      expect(doctor.stdout).toContain('al creds add anthropic_key')
      const cloud = '[cloud]\nprovider = "cloud-run"\ngcpProject = "acme-cloud"\nregion = "europe-west1"\n'
      appendFileSync(join(place.directory, 'acme/config.toml'), `\n${cloud}`)
      // Nor does it look for the machine's own service account, over the network.
      const deployed = typed(place, 'cd acme && al stat -c', { METADATA_SERVER_DETECTION: 'none' })
      expect([deployed.code, deployed.stderr]).toEqual([
        4,
        expect.stringContaining('no credentials for Google Cloud: '),
      ])
    },
    long,
  )

  test.skipIf(!hasTmux)('offers the terminal UI that it left out when al chat first needs it', async () => {
    const place = emptyPlace()
    install(place, tarball)
    typed(place, 'al new acme --yes')
    const terminal = openShell({ cwd: join(place.directory, 'acme'), env: place.env })
    onTestFinished(() => terminal[Symbol.dispose]())
    terminal.line('al chat; echo "exit code $?"')
    expect(await terminal.see('exit code 1', 60)).toContain(`npm install ${tuiPackage}`)
  })

  test('the releases that it asks for are those that were tested', () => {
    for (const [asked, name] of [
      [toolkitPackage, '@aws-cdk/toolkit-lib'],
      [tuiPackage, '@earendil-works/pi-tui'],
    ] as const) {
      const version = asked.slice(name.length + 1)
      const peers: Readonly<Record<string, string>> = pkg.peerDependencies
      const optional: Readonly<Record<string, { optional: boolean }>> = pkg.peerDependenciesMeta
      expect(pkg.devDependencies[name]).toBe(version)
      expect(peers[name]).toBe(`^${version}`)
      expect(optional[name]?.optional).toBe(true)
    }
  })
})

/** What the dashboard says of a run, in a browser. */
async function seenInDashboard(place: EmptyPlace, port: number): Promise<void> {
  if (chromium === undefined) return
  const key = join(place.home, '.action-llama/credentials/gateway_api_key/default/key')
  const browser = await openBrowser()
  try {
    const page = await browser.newPage()
    await logIn(page, `http://127.0.0.1:${port}`, readFileSync(key, 'utf8').trim())
    await page.goto(`http://127.0.0.1:${port}/dashboard/runs`)
    await sees(page, 'greeter')
    await sees(page, 'completed')
  } finally {
    await browser.close()
  }
}

describe('what docs/getting-started.md says', () => {
  test(
    'typed by a script, leads from nothing to a run that is done',
    async () => {
      const place = emptyPlace()
      const ports = await here()
      const steps = gettingStarted(ports)
      const blocks = (name: string) =>
        steps.filter(({ terminal }) => terminal === name).map(({ lines }) => lines.join('\n'))
      const begin = (name: string) => {
        const shell = spawn('sh', ['-ec', blocks(name).join('\n')], {
          cwd: place.directory,
          env: place.env,
          detached: true,
        })
        let said = ''
        shell.stdout.on('data', (data) => (said += data))
        shell.stderr.on('data', (data) => (said += data))
        let ended = false
        shell.once('exit', () => (ended = true))
        onTestFinished(() => {
          if (!ended && shell.pid !== undefined) process.kill(-shell.pid, 'SIGKILL')
        })
        return async (what: string) => {
          await expect.poll(() => ended || said.includes(what), { timeout: long, interval: 200 }).toBe(true)
          if (!said.includes(what)) throw new Error(`the ${name} terminal says\n${said}`)
        }
      }
      await begin('first')('listens on')
      const second = begin('second')
      await second(`webhook http://127.0.0.1:${ports.host}/webhooks/hooks`)
      const third = blocks('third')
      const stop = third.pop() ?? ''
      const outputs = third.map((block, i) => typed(place, i === 0 ? block : `cd hello\n${block}`))
      expect(outputs.map(({ code, stderr }) => (code === 0 ? '' : stderr))).toEqual(outputs.map(() => ''))
      expect(outputs[0]?.stdout).toContain('greeter-')
      await expect
        .poll(() => typed(place, 'cd hello && al logs greeter').stdout, { timeout: 60_000, interval: 1000 })
        .toContain('Nothing to do.')
      expect(outputs.at(-1)?.stdout).toContain('completed')
      await seenInDashboard(place, ports.host)
      expect(typed(place, `cd hello\n${stop}`).code).toBe(0)
      await second('stopped')
    },
    long,
  )

  test.skipIf(!hasTmux)(
    'typed by a person, with questions in the place of flags, leads to the same',
    async () => {
      const place = emptyPlace()
      const ports = await here()
      const steps = gettingStarted(ports)
      const open = () => {
        const terminal = openShell({ cwd: place.directory, env: place.env, columns: 150 })
        onTestFinished(() => terminal[Symbol.dispose]())
        return terminal
      }
      const terminals = { first: open(), second: open(), third: open() }
      for (const { terminal: name, lines } of steps) {
        const terminal = terminals[name]
        let hereDocument = false
        for (const line of lines) {
          const before = terminal.prompts()
          if (line.startsWith('al new ')) await answerQuestions(terminal, line)
          else if (line.includes('| al creds add')) await answerSecretly(terminal)
          else terminal.line(line)
          hereDocument = line.includes('<<') || (hereDocument && line !== 'END')
          const stays = /serve\.ts|^al start/.test(line)
          if (!stays && !hereDocument) await terminal.prompted(before + 1, 300)
        }
        if (lines.some((line) => line.includes('serve.ts'))) await terminal.see('listens on')
        if (lines.some((line) => line.startsWith('al start'))) await terminal.see(/log in .*\/login#/, 60)
        if (lines.some((line) => line.startsWith('al run'))) await seenInDashboard(place, ports.host)
      }
      await terminals.second.see('stopped')
      const shown = Object.values(terminals).map((one) => one.sent())
      expect(shown.join('')).not.toContain('any text will do')
    },
    long,
  )
})

/** `al new`, with what nobody can guess as flags and the rest by keys. */
async function answerQuestions(terminal: Terminal, line: string): Promise<void> {
  const flags = [...line.matchAll(/--(?:base-url|model|runtime) \S+/g)].map(([flag]) => flag)
  terminal.line(`al new hello --no-credential ${flags.join(' ')}`)
  await terminal.see('Whose models')
  terminal.press('Enter')
  await terminal.see('What should the first agent do?')
  terminal.press('Enter')
  await terminal.see('Next: cd hello', 60)
}

/** A key is typed when it is asked for, and is not shown. */
async function answerSecretly(terminal: Terminal): Promise<void> {
  terminal.line('al creds add anthropic_key --any-look')
  await terminal.see('API key or OAuth token')
  terminal.line('any text will do')
}
