import { createHash } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { credentialTypes } from '../../core/credentials/types.ts'
import {
  agentFiles,
  al,
  model,
  resourcesIn,
  root,
  scratchDirectory,
  synthProject,
  templatesIn,
  treeOf,
  validProjects,
  writeProject,
} from '../support/synth-project.ts'

/** Twenty-four characters that occur nowhere else, with some that encodings change, and no look of a secret. */
const planted: string[] = []
function canary(): string {
  const text = `c4n<&"+/${createHash('sha256').update(`canary ${planted.length}`).digest('hex').slice(0, 16)}`
  planted.push(text)
  return text
}

/** How a text may look in a file: as it is, in base64 at each offset, in hex, escaped for a URL or for JSON. */
function encodings(text: string): string[] {
  const base64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.from(' '.repeat(offset) + text).toString('base64')
    // The first and last characters depend on what stands beside the text.
    return encoded.replace(/=+$/, '').slice(offset === 0 ? 0 : 4, -1)
  })
  const hex = Buffer.from(text).toString('hex')
  const json = JSON.stringify(text).slice(1, -1)
  return [
    text,
    ...base64,
    ...base64.map((one) => one.replaceAll('+', '-').replaceAll('/', '_')),
    hex,
    hex.toUpperCase(),
    encodeURIComponent(text),
    json,
    JSON.stringify(json).slice(1, -1),
    // What survives when the special characters are replaced, dropped or escaped in some other way.
    text.slice(-16),
  ]
}

function found(bytes: Buffer | string): string[] {
  const buffer = Buffer.from(bytes as string)
  return planted.filter((one) => encodings(one).some((encoded) => buffer.includes(encoded)))
}

test('the search finds what it should', () => {
  const text = canary()
  for (const encoding of ['utf8', 'hex', 'base64', 'base64url'] as const) {
    for (const before of ['', 'x', 'xy', 'xyz']) {
      expect(found(Buffer.from(`${before}${text}zzz`).toString(encoding)), encoding).toContain(text)
    }
  }
  expect(found(encodeURIComponent(text))).toContain(text)
  expect(found(JSON.stringify({ text }))).toContain(text)
  expect(found(JSON.stringify(JSON.stringify({ text })))).toContain(text)
  expect(found('nothing')).toEqual([])
})

test('no secret of the machine, the project or an agent is in the assembly or in what is printed', () => {
  const home = scratchDirectory()
  const write = (base: string, path: string) => {
    mkdirSync(dirname(join(base, path)), { recursive: true })
    writeFileSync(join(base, path), `before\nkey = ${canary()}\nafter\n`)
  }
  for (const [type, { fields }] of Object.entries(credentialTypes)) {
    for (const instance of ['default', 'acme']) {
      for (const field of Object.keys(fields)) write(home, `.action-llama/credentials/${type}/${instance}/${field}`)
    }
  }
  for (const path of ['.aws/credentials', '.npmrc', '.netrc', '.docker/config.json', '.env']) write(home, path)

  const types = Object.entries(credentialTypes).filter(([, { exposure }]) => exposure === 'agent')
  const credentials = JSON.stringify(types.map(([type]) => type))
  const project = writeProject({
    'config.toml': `${model}[webhooks.github]\ntype = "github"\ncredential = "acme"\n`,
    ...agentFiles('dev', `credentials = ${credentials}\nschedule = "0 6 * * *"\n[[webhooks]]\nsource = "github"\n`),
    ...agentFiles('copies', 'schedule = "0 6 * * *"\n'),
    'agents/copies/Dockerfile': 'FROM al-agent\nCOPY . /agent/\n',
    'agents/copies/kept.txt': 'this is copied',
  })
  const files = ['.env', '.env.production', '.npmrc', '.netrc', 'id_rsa', '.git/config', 'node_modules/x/token.json']
  for (const path of files) write(project, path)
  for (const directory of ['agents/dev', 'agents/copies', 'agents/copies/nested/deep']) {
    for (const path of [
      ...files,
      ...['.envrc', '.aws/credentials', '.ssh/id_ed25519', '.docker/config.json', '.config/gcloud/key.json'],
      ...['.git-credentials', '.pypirc', '.yarnrc.yml', '.kube/config', 'store.p12', 'terraform.tfstate'],
    ]) {
      write(project, `${directory}/${path}`)
    }
  }
  const environment = Object.values(credentialTypes).flatMap(({ fields }) => Object.values(fields).flat())
  const env = Object.fromEntries(
    [...environment, 'AWS_SESSION_TOKEN', 'ANTHROPIC_API_KEY', 'NPM_TOKEN', 'AL_SECRET_X', 'CDK_CONTEXT_X'].map(
      (name) => [name, canary()],
    ),
  )

  const out = join(scratchDirectory(), 'out')
  const shown = al(['synth', '-p', project, '-o', out], { home, env })
  expect(shown).toMatchObject({ code: 0 })
  const json = al(['synth', '-p', project, '-o', out, '--json'], { home, env: { ...env, DEBUG: '1' } })
  expect(json).toMatchObject({ code: 0 })

  expect(planted.length).toBeGreaterThan(100)
  for (const text of [shown.stdout, shown.stderr, json.stdout, json.stderr]) expect(found(text)).toEqual([])
  const tree = treeOf(out)
  for (const [path, bytes] of tree) {
    expect(found(path)).toEqual([])
    expect(found(bytes), path).toEqual([])
  }
  expect([...tree.keys()].some((path) => path.endsWith('/kept.txt'))).toBe(true)
})

describe('a secret that is recognised', () => {
  const project = () =>
    writeProject({
      'config.toml': model,
      ...agentFiles('copies'),
      'agents/copies/Dockerfile': 'FROM al-agent\nCOPY . /agent/\n',
    })
  const tokens = {
    'a GitHub token': `ghp_${'a1B2'.repeat(9)}`,
    'a private key': `-----BEGIN RSA PRIVATE KEY-----\n${'TUlJ'.repeat(16)}`,
    'an AWS access key': `AKIA${'ABCD'.repeat(4)}`,
  }

  test.each(Object.entries(tokens))('%s in a file of an image is refused, and not shown', (what, secret) => {
    const directory = project()
    writeFileSync(join(directory, 'agents/copies/settings.txt'), `value: ${secret}\n`)
    const { code, stderr, stdout } = al(['synth', '-p', directory])
    expect(code).toBe(3)
    expect(stderr).toContain(`agents/copies/settings.txt holds ${what}`)
    expect(stdout + stderr).not.toContain(secret.slice(-20))
  })

  test('what .dockerignore takes back in is searched as well', () => {
    const directory = project()
    writeFileSync(join(directory, 'agents/copies/.dockerignore'), '!.npmrc\n')
    writeFileSync(join(directory, 'agents/copies/.npmrc'), 'registry=https://npm.example.com\n')
    const out = join(scratchDirectory(), 'out')
    expect(al(['synth', '-p', directory, '-o', out])).toMatchObject({ code: 0 })
    expect([...treeOf(out).keys()].filter((path) => path.endsWith('/.npmrc'))).toHaveLength(1)
    writeFileSync(join(directory, 'agents/copies/.npmrc'), `//npm.example.com/:_authToken=${tokens['a GitHub token']}`)
    expect(al(['synth', '-p', directory, '-o', out])).toMatchObject({ code: 3 })
  })

  test('a link to a file outside is refused before anything of it is read', () => {
    const directory = project()
    const outside = join(scratchDirectory(), 'secret')
    writeFileSync(outside, canary())
    symlinkSync(outside, join(directory, 'agents/copies/innocent.txt'))
    const { code, stderr } = al(['synth', '-p', directory])
    expect(code).toBe(3)
    expect(stderr).toContain('agents/copies/innocent.txt is a link out of')
    expect(found(stderr)).toEqual([])
  })
})

test.each(validProjects)('nothing in the templates of %s resolves to a secret when it is deployed', async (project) => {
  const { out } = await synthProject(join(root, project))
  const templates = templatesIn(out)
  for (const [name, { Parameters = {} }] of templates) {
    expect(Object.keys(Parameters), name).toEqual(['BootstrapVersion'])
    expect(Object.values(Parameters).some(({ NoEcho }) => NoEcho === true)).toBe(false)
  }
  for (const [id, { Type, Properties }] of resourcesIn({ templates })) {
    const text = JSON.stringify(Properties)
    expect(text, id).not.toMatch(/\{\{\s*resolve:|SecretString|"Secrets":|RepositoryCredentials|KmsKeyArn/)
    expect(Type).not.toMatch(/^AWS::(SecretsManager|SSM)::/)
    const variables = (Properties.Environment as { Variables?: object } | undefined)?.Variables ?? {}
    for (const name of Object.keys(variables)) {
      expect(['AL_TABLE', 'AL_GATEWAY_URL', 'AL_CLUSTER', 'AL_SUBNETS', 'AL_SECURITY_GROUPS']).toContain(name)
    }
    const containers = (Properties.ContainerDefinitions ?? []) as object[]
    for (const container of containers) expect(container).not.toHaveProperty('Environment')
  }
})
