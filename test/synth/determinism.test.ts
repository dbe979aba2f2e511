import { chmodSync, cpSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildPackage } from '../support/built-package.ts'
import {
  agentFiles,
  al,
  model,
  root,
  scratchDirectory,
  synthProject,
  treeOf,
  writeProject,
} from '../support/synth-project.ts'

const files = {
  'config.toml': model,
  Dockerfile: 'FROM al-agent\nRUN true\n',
  ...agentFiles('alpha'),
  ...agentFiles('beta', 'schedule = "0 6 1 * 1"\ntimeout = 3600\n'),
  ...agentFiles('gamma'),
  'agents/gamma/Dockerfile': 'FROM al-agent\nCOPY . /agent/\n',
  'agents/gamma/bin/run.sh': '#!/bin/sh\n',
  'agents/gamma/data/ä.txt': 'umlaut\n',
  'agents/gamma/data/Z.txt': 'upper\n',
  'agents/gamma/data/a.txt': 'lower\n',
}

type How = NonNullable<Parameters<typeof al>[1]>

function synth(project: string, how: How = {}): ReadonlyMap<string, Buffer> {
  const out = join(scratchDirectory(), 'out')
  const path = how.cwd === undefined ? project : relative(how.cwd, project)
  const ended = al(['synth', '-p', path, '-o', out], how)
  expect(ended).toMatchObject({ code: 0 })
  return treeOf(out)
}

function write(order: readonly string[]): string {
  const project = writeProject(Object.fromEntries(order.map((path) => [path, files[path as keyof typeof files]])))
  chmodSync(join(project, 'agents/gamma/bin/run.sh'), 0o755)
  return project
}

const order = Object.keys(files)
let first: string
let expected: ReadonlyMap<string, Buffer>
beforeAll(() => {
  first = write(order)
  expected = synth(first)
})

const same = (tree: ReadonlyMap<string, Buffer>) => {
  expect([...tree.keys()]).toEqual([...expected.keys()])
  for (const [path, bytes] of tree) expect(bytes.equals(expected.get(path) ?? Buffer.of()), path).toBe(true)
}

/** The same in this process, for what no process has a part in. */
const quick = async (project: string) => treeOf((await synthProject(project)).out)

test('the same project in another directory, written in another order, gives the same bytes', async () => {
  same(await quick(write(order.toReversed())))
})

test('time zone, locale, home, working directory, user and umask change nothing', () => {
  const home = scratchDirectory()
  mkdirSync(join(home, '.action-llama'))
  same(
    synth(first, {
      home,
      cwd: dirname(home),
      umask: '077',
      env: {
        TZ: 'Pacific/Kiritimati',
        LANG: 'tr_TR.UTF-8',
        LC_ALL: 'tr_TR.UTF-8',
        USER: 'someone',
        AWS_REGION: 'ap-south-1',
        AWS_PROFILE: 'someone',
        CDK_DEFAULT_ACCOUNT: '999999999999',
        CDK_DEFAULT_REGION: 'ap-south-1',
        FORCE_COLOR: '1',
      },
    }),
  )
})

test('a project with a name gives the same bytes under any directory name', async () => {
  const named = (name: string) => writeProject({ ...files, 'config.toml': `projectName = "shop"\n${model}` }, name)
  const [one, other] = [await quick(named('left')), await quick(named('right'))]
  expect([...one.keys()]).toEqual([...other.keys()])
  for (const [path, bytes] of one) expect(other.get(path)?.equals(bytes), path).toBe(true)
})

test('writing over an older assembly leaves nothing of it', () => {
  const project = write(order)
  cpSync(join(root, 'test/fixtures/laptop'), join(project, '..', 'other'), { recursive: true })
  const out = join(scratchDirectory(), 'out')
  for (const name of ['../other', '.']) {
    expect(al(['synth', '-p', join(project, name), '-o', out, '--provider', 'ecs'])).toMatchObject({ code: 0 })
  }
  same(treeOf(out))
})

// Building takes longer than all the rest of this file.
test.skipIf(process.env.CI === undefined)(
  'the built package writes the same bytes as the sources (only in CI)',
  { timeout: 180_000 },
  () => {
    same(synth(first, { entry: buildPackage() }))
  },
)

test('no path of this machine, no date and no time of a next fire is in the output', () => {
  const year = new Date().getUTCFullYear()
  const project = write(order)
  const out = join(scratchDirectory(), 'out')
  const { code, stdout } = al(['synth', '-p', project, '-o', out, '--json'])
  expect(code).toBe(0)
  // Bundles hold the dates of protocol versions; the last line of this test looks at them, too.
  const texts = [...treeOf(out)].filter(([path]) => !path.endsWith('.mjs'))
  for (const [path, bytes] of [...texts, ['the plan', Buffer.from(stdout)] as const]) {
    const text = bytes.toString('utf8')
    for (const place of [project, out, root, process.cwd(), process.env.HOME ?? '/root', '/tmp/al-synth']) {
      expect(text.includes(place), `${path} has ${place}`).toBe(false)
    }
    // 2012-10-17 is the version of the policy language, the price table has the date it was written on.
    const dates = (text.match(/\b20\d\d-\d\d-\d\d/g) ?? []).filter((date) => date !== '2012-10-17')
    expect(path === 'the plan' ? new Set(dates).size : dates.length, path).toBeLessThanOrEqual(
      path === 'the plan' ? 1 : 0,
    )
    expect(text, path).not.toMatch(new RegExp(`${year}-\\d\\d-\\d\\d[T ]\\d\\d:`))
  }
  for (const [path, bytes] of treeOf(out)) expect(bytes.includes(root), path).toBe(false)
})

test('files have the modes they need where they run, whatever the umask: readable by all, executable if they were', () => {
  const out = join(scratchDirectory(), 'out')
  expect(al(['synth', '-p', first, '-o', out], { umask: '077' })).toMatchObject({ code: 0 })
  const modes = new Map<string, number>()
  for (const asset of readdirSync(out).filter((name) => name.startsWith('asset.'))) {
    modes.set('asset', statSync(join(out, asset)).mode & 0o777)
    for (const path of readdirSync(join(out, asset), { recursive: true }).map(String)) {
      modes.set(path, statSync(join(out, asset, path)).mode & 0o777)
    }
  }
  expect(Object.fromEntries(modes)).toMatchObject({
    asset: 0o755,
    bin: 0o755,
    'bin/run.sh': 0o755,
    'data/a.txt': 0o644,
    'index.mjs': 0o644,
    'agents.jsonl': 0o644,
    '.al-agent/entry.mjs': 0o644,
  })
})

test('a file that becomes executable makes a new image', async () => {
  const project = write(order)
  const images = (tree: ReadonlyMap<string, Buffer>) =>
    [...tree.keys()].filter((path) => path.endsWith('/bin/run.sh')).map((path) => path.split('/')[0])
  const before = images(await quick(project))
  expect(before).toHaveLength(1)
  chmodSync(join(project, 'agents/gamma/bin/run.sh'), 0o644)
  expect(images(await quick(project))).not.toEqual(before)
})
