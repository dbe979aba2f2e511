import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { buildPackage } from '../support/built-package.ts'
import { google, synthGoogle } from '../support/synth-google.ts'
import { agentFiles, al, type Files, root, scratchDirectory, treeOf, writeProject } from '../support/synth-project.ts'

const files: Files = {
  'config.toml': `projectName = "shop"\n${google}[webhooks.gh]\ntype = "github"\ncredential = "main"\n`,
  ...agentFiles('beta', 'schedule = "0 6 * * *"\ncredentials = ["linear_token", "github_token"]\n'),
  ...agentFiles('alpha', 'schedule = "*/5 * * * *"\n[[webhooks]]\nsource = "gh"\nevents = ["push"]\n'),
  'agents/alpha/Dockerfile': 'FROM al-agent\nRUN echo hello\n',
}
const write = (order: readonly string[], name = 'shop') =>
  writeProject(Object.fromEntries(order.map((path) => [path, files[path] ?? ''])), name)
const order = Object.keys(files)
const out = () => join(scratchDirectory(), 'out')

/** As a user would write it, in a process of its own. */
function synth(project: string, options: Parameters<typeof al>[1] = {}, to = out()): ReadonlyMap<string, Buffer> {
  expect(al(['synth', '-p', project, '-o', to], options)).toMatchObject({ code: 0 })
  return treeOf(to)
}

function expectSame(one: ReadonlyMap<string, Buffer>, other: ReadonlyMap<string, Buffer>): void {
  expect([...other.keys()]).toEqual([...one.keys()])
  for (const [path, bytes] of one) expect(other.get(path)?.equals(bytes), path).toBe(true)
}

test('directory, order of files, time zone, locale, umask and settings of other tools change no byte', async () => {
  const first = synth(write(order))
  const env = {
    TZ: 'Pacific/Kiritimati',
    LANG: 'tr_TR.UTF-8',
    GOOGLE_CLOUD_PROJECT: 'another',
    GOOGLE_APPLICATION_CREDENTIALS: '/nowhere.json',
    PULUMI_NODEJS_PROJECT: 'another',
    PULUMI_NODEJS_STACK: 'another',
    PULUMI_HOME: '/nowhere',
  }
  expectSame(first, synth(write(order.toReversed(), 'elsewhere'), { env, umask: '077', cwd: scratchDirectory() }))
  // In this process, and twice in it.
  const again = write(order)
  for (const { out } of [await synthGoogle(again), await synthGoogle(again)]) expectSame(first, treeOf(out))
})

// Building takes longer than all the rest of this file.
test.skipIf(process.env.CI === undefined)(
  'the built package writes the same bytes as the sources, with no package of Pulumi beside it (only in CI)',
  { timeout: 180_000 },
  () => {
    const alone = join(scratchDirectory(), 'package')
    cpSync(join(dirname(buildPackage()), '..'), join(alone, 'dist'), { recursive: true })
    cpSync(join(root, 'package.json'), join(alone, 'package.json'))
    const project = write(order)
    expectSame(synth(project), synth(project, { entry: join(alone, 'dist/cli/main.js') }))
  },
)

test('projects synthesized at the same time do not mix', async () => {
  const projects = ['one', 'two', 'three'].map((name) =>
    writeProject({ 'config.toml': google, ...agentFiles(name) }, name),
  )
  const all = await Promise.all(projects.map((project) => synthGoogle(project)))
  for (const [i, { resources }] of all.entries()) {
    const alone = await synthGoogle(projects[i] ?? '')
    expect(resources).toEqual(alone.resources)
  }
})

test('no path of this machine and no date is in the output', () => {
  const project = write(order)
  const tree = synth(project)
  for (const [path, bytes] of tree) {
    for (const place of [project, root, process.cwd(), '/tmp/al-synth']) expect(bytes.includes(place), path).toBe(false)
  }
  expect(String(tree.get('resources.json'))).not.toMatch(/20\d\d-\d\d-\d\d/)
})

test('files are readable by all, whatever the umask', () => {
  const to = out()
  synth(write(order), { umask: '077' }, to)
  const asset = [...treeOf(to).keys()].find((path) => path.endsWith('/package.json')) ?? ''
  expect(JSON.parse(readFileSync(join(to, asset), 'utf8'))).toMatchObject({ type: 'module', main: 'index.mjs' })
})

describe('what was there', () => {
  test('is replaced as a whole if it is an older output, of whichever project', () => {
    const to = out()
    synth(writeProject({ 'config.toml': google, ...agentFiles('old') }), {}, to)
    expectSame(synth(write(order)), synth(write(order), {}, to))
  })

  test.each([
    ['a file of somebody', 'notes.txt'],
    ['an assembly of the CDK', 'manifest.json'],
    ['a directory', 'asset.x/file'],
  ])('is left alone if it is %s', (_, path) => {
    const to = out()
    mkdirSync(dirname(join(to, path)), { recursive: true })
    writeFileSync(join(to, path), 'mine')
    const { code, stderr } = al(['synth', '-p', write(order), '-o', to])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(
        `holds "${path.split('/')[0]}", which is no part of a synthesized Pulumi program`,
      ),
    })
    expect(readFileSync(join(to, path), 'utf8')).toBe('mine')
  })
})
