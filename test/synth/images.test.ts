import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  agentFiles,
  al,
  type Files,
  model,
  type Properties,
  resourcesIn,
  type Synthesized,
  scratchDirectory,
  synthProject,
  treeOf,
  writeProject,
} from '../support/synth-project.ts'

const own: Files = {
  'config.toml': model,
  ...agentFiles('one'),
  ...agentFiles('two'),
  ...agentFiles('own'),
  'agents/own/Dockerfile': 'FROM al-agent\nCOPY . /agent/\n',
  'agents/own/tool/run.txt': 'run\n',
}

/** Agent → the hash of the image that its template names. */
const imagesOf = (synthesized: Synthesized): Record<string, string> =>
  Object.fromEntries(
    resourcesIn(synthesized).flatMap(([, { Properties }]) => {
      const uri = (Properties.Code as { ImageUri?: unknown } | undefined)?.ImageUri
      const image = uri ?? (Properties.ContainerDefinitions as Properties[] | undefined)?.[0]?.Image
      const hash = /:([0-9a-f]{64})"/.exec(JSON.stringify(image ?? ''))?.[1]
      return hash === undefined
        ? []
        : [
            [
              String(Properties.FunctionName ?? Properties.Family)
                .split('_')
                .at(-1),
              hash,
            ],
          ]
    }),
  )

const filesOf = async (directory: string, agent: string): Promise<string[]> => {
  const synthesized = await synthProject(directory)
  return [...treeOf(join(synthesized.out, `asset.${imagesOf(synthesized)[agent]}`)).keys()]
}

test('agents without a Dockerfile share one image, one with a Dockerfile has its own', async () => {
  const synthesized = await synthProject(
    writeProject({ ...own, ...agentFiles('slow', 'timeout = 3600\nschedule = "0 6 * * *"\n') }),
  )
  const { one, two, slow, own: other } = imagesOf(synthesized)
  expect(new Set([one, two, slow])).toEqual(new Set([one]))
  expect(other).toMatch(/^[0-9a-f]{64}$/)
  expect(other).not.toBe(one)
})

describe('an image is a new one', () => {
  const change = async (path: string, text: string) => {
    const directory = writeProject(own)
    const before = imagesOf(await synthProject(directory))
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
    const after = imagesOf(await synthProject(directory))
    return Object.keys(before).filter((agent) => before[agent] !== after[agent])
  }

  test.each([
    ['agents/own/Dockerfile', 'FROM al-agent\nCOPY . /other/\n', ['own']],
    ['agents/own/tool/run.txt', 'walk\n', ['own']],
    ['agents/own/tool/new.txt', '', ['own']],
    ['Dockerfile', 'FROM al-agent\nRUN true\n', ['one', 'own', 'two']],
  ])('when %s changes, for the agents that it concerns', async (path, text, agents) => {
    expect((await change(path, text)).sort()).toEqual(agents)
  })

  test.each([
    ['agents/own/ACTIONS.md', 'Something else.\n'],
    ['agents/own/agent-config.toml', 'schedule = "1 6 * * *"\n'],
    ['agents/own/test-script.sh', 'true\n'],
    ['agents/own/node_modules/x/index.js', '1\n'],
    ['agents/own/.env', 'X=1\n'],
    ['agents/one/notes.txt', 'not copied\n'],
    ['Dockerfile', 'FROM al-agent\n'],
  ])('but not when %s changes', async (path, text) => {
    expect(await change(path, text)).toEqual([])
  })
})

test('.dockerignore says what stays out, and can take back in what is left out by itself', async () => {
  const directory = writeProject({
    ...own,
    'agents/own/.dockerignore': '# comment\ntool/*\n!tool/kept.txt\n*.log\n!.npmrc\n',
    'agents/own/tool/kept.txt': 'kept\n',
    'agents/own/debug.log': 'out\n',
    'agents/own/.npmrc': 'registry=https://npm.example.com\n',
    'agents/own/.netrc': 'out\n',
  })
  const files = await filesOf(directory, 'own')
  expect(files.filter((path) => !path.startsWith('.al-agent/'))).toEqual(['.npmrc', 'Dockerfile', 'tool/kept.txt'])
})

describe('links in the directory of an agent with a Dockerfile', () => {
  const withLink = (target: (agent: string) => string, path = 'link') => {
    const directory = writeProject(own)
    symlinkSync(target(join(directory, 'agents/own')), join(directory, 'agents/own', path))
    return directory
  }
  const refusal = (directory: string) => {
    const out = join(scratchDirectory(), 'out')
    const { code, stderr } = al(['synth', '-p', directory, '-o', out])
    expect(stderr).not.toMatch(/\n\s+at /)
    return { code, stderr }
  }

  test.each([
    ['to a file outside', () => '/etc/hostname', 'agents/own/link is a link out of'],
    ['to another agent', () => '../one', 'agents/own/link is a link out of'],
    ['to nothing', () => 'missing', 'agents/own/link is a link that leads nowhere'],
    ['to itself', () => 'link', 'agents/own/link is a link that leads nowhere'],
  ])('%s are refused with exit code 3', (_, target, message) => {
    const { code, stderr } = refusal(withLink(target))
    expect(code).toBe(3)
    expect(stderr).toContain(message)
  })

  test('that stay inside are kept as links, also those that lead in a circle of directories', async () => {
    const directory = withLink(() => '..', 'tool/up')
    symlinkSync('tool/run.txt', join(directory, 'agents/own/shortcut'))
    const synthesized = await synthProject(directory)
    const tree = treeOf(join(synthesized.out, `asset.${imagesOf(synthesized).own}`))
    expect(String(tree.get('tool/up'))).toBe('-> ..')
    expect(String(tree.get('shortcut'))).toBe('-> tool/run.txt')
  })

  test('are written without what is outside: absolute paths, and ways out and back in', async () => {
    const directory = withLink((agent) => join(agent, 'tool/run.txt'))
    symlinkSync('../../own/tool/run.txt', join(directory, 'agents/own/tool/around'))
    const synthesized = await synthProject(directory)
    const tree = treeOf(join(synthesized.out, `asset.${imagesOf(synthesized).own}`))
    expect(String(tree.get('link'))).toBe('-> tool/run.txt')
    expect(String(tree.get('tool/around'))).toBe('-> run.txt')
  })

  test('an agent whose directory is itself a link is read through it', async () => {
    const directory = writeProject(own)
    const elsewhere = join(dirname(directory), 'elsewhere')
    mkdirSync(elsewhere)
    for (const [path, text] of Object.entries(own)) {
      if (!path.startsWith('agents/own/')) continue
      const to = join(elsewhere, path.slice('agents/own/'.length))
      mkdirSync(dirname(to), { recursive: true })
      writeFileSync(to, text)
    }
    symlinkSync(join(elsewhere, 'tool/run.txt'), join(elsewhere, 'link'))
    const plain = await filesOf(directory, 'own')
    rmSync(join(directory, 'agents/own'), { recursive: true })
    symlinkSync(elsewhere, join(directory, 'agents/own'))
    const synthesized = await synthProject(directory)
    const tree = treeOf(join(synthesized.out, `asset.${imagesOf(synthesized).own}`))
    expect([...tree.keys()].sort()).toEqual([...plain, 'link'].sort())
    expect(String(tree.get('link'))).toBe('-> tool/run.txt')
  })
})

test('every image of the assembly is built for the platform its agents run on', async () => {
  const arm = `${model}[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\narchitecture = "arm64"\n`
  for (const [config, platform] of [
    [model, 'linux/amd64'],
    [arm, 'linux/arm64'],
  ] as const) {
    const { out, plan } = await synthProject(writeProject({ ...own, 'config.toml': config }))
    const manifest = JSON.parse(String(treeOf(out).get(`${plan.names.stack}-agents-0.assets.json`)))
    const images: { source: { platform: string } }[] = Object.values(manifest.dockerImages)
    expect(images.map(({ source }) => source.platform)).toEqual([platform, platform])
  }
})
