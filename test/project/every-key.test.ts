import { stringify } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { compileProject } from '../../core/compile.ts'
import { formatKey, type KeyPath } from '../../core/project/problem.ts'
import { agentSchema, preflightParams } from '../../core/project/schema/agent.ts'
import { clouds } from '../../core/project/schema/cloud.ts'
import { configSchema, environmentSchema, overlaySchema } from '../../core/project/schema/config.ts'
import { agentToml, modelToml, projectInMemory } from '../../core/project/testing/project-in-memory.ts'

type Table = Record<string, unknown>
interface Key {
  readonly path: KeyPath
  /** The other keys of its table. */
  readonly siblings: readonly string[]
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional) return unwrap(schema.def.innerType)
  return schema instanceof z.ZodPipe ? unwrap(schema.def.in) : schema
}

/** Every key of a schema, tables included; the entries of maps and lists are represented by one. */
function keysOf(schema: unknown, path: KeyPath = []): Key[] {
  const inner = unwrap(schema)
  if (inner instanceof z.ZodObject) {
    const siblings = Object.keys(inner.shape)
    return siblings.flatMap((key) => [{ path: [...path, key], siblings }, ...keysOf(inner.shape[key], [...path, key])])
  }
  if (inner instanceof z.ZodRecord && !(inner.def.valueType instanceof z.ZodUnknown)) {
    return [{ path: [...path, 'gh'], siblings: [] }, ...keysOf(inner.def.valueType, [...path, 'gh'])]
  }
  if (inner instanceof z.ZodArray) {
    return [{ path: [...path, 0], siblings: [] }, ...keysOf(inner.def.element, [...path, 0])]
  }
  return []
}

function planted(base: Table, path: KeyPath, value: unknown): string {
  const document = structuredClone(base)
  let table = document as Record<string | number, unknown>
  path.slice(0, -1).forEach((part, i) => {
    table[part] ??= typeof path[i + 1] === 'number' ? [] : {}
    table = table[part] as Record<string | number, unknown>
  })
  table[path.at(-1) ?? ''] = value
  return stringify(document)
}

const model = { provider: 'anthropic', model: 'm' }
const step = (provider: keyof typeof preflightParams, params: Table) => ({
  schedule: '0 5 * * *',
  preflight: [{ provider, params }],
})
/** What stands around the key, where keys of one table need each other. */
const files: readonly { file: string; base: Table; keys: readonly Key[]; environment?: string }[] = [
  { file: 'config.toml', base: { model, webhooks: { gh: { type: 'github' } } }, keys: keysOf(configSchema) },
  {
    file: '.env.toml',
    base: {},
    keys: keysOf(overlaySchema).filter(({ path }) => path[0] === 'environment'),
  },
  {
    file: 'environments/live.toml',
    environment: 'live',
    base: {},
    keys: keysOf(environmentSchema).filter(({ path }) => path[0] === 'server'),
  },
  {
    file: 'config.toml',
    base: { model, cloud: { provider: 'ecs', awsRegion: 'eu-west-1' } },
    keys: keysOf(clouds.ecs, ['cloud']),
  },
  {
    file: 'config.toml',
    base: { model, cloud: { provider: 'cloud-run', gcpProject: 'acme-prod', region: 'europe-west1' } },
    keys: keysOf(clouds['cloud-run'], ['cloud']),
  },
  {
    file: 'agents/a/agent-config.toml',
    base: { schedule: '0 5 * * *', model },
    keys: keysOf(agentSchema).filter(({ path }) => path[0] !== 'preflight' && path[0] !== 'webhooks'),
  },
  {
    file: 'agents/a/agent-config.toml',
    base: { schedule: '0 5 * * *', webhooks: [{ source: 'gh' }] },
    keys: keysOf(agentSchema.shape.webhooks, ['webhooks']),
  },
  {
    file: 'agents/a/agent-config.toml',
    base: step('shell', { command: 'true' }),
    keys: [...keysOf(agentSchema.shape.preflight, ['preflight']), ...keysOf(preflightParams.shell, params())],
  },
  {
    file: 'agents/a/agent-config.toml',
    base: step('http', { url: 'https://example.com', output: '/tmp/x' }),
    keys: keysOf(preflightParams.http, params()),
  },
  {
    file: 'agents/a/agent-config.toml',
    base: step('git-clone', { repo: 'a/b', dest: '/tmp/x' }),
    keys: keysOf(preflightParams['git-clone'], params()),
  },
]

function params(): KeyPath {
  return ['preflight', 0, 'params']
}

function problems(file: string, text: string, environment: string | undefined) {
  const project = {
    'config.toml': `${modelToml}[webhooks.gh]\ntype = "github"\n`,
    'agents/a/agent-config.toml': agentToml,
  }
  const compiled = compileProject(projectInMemory({ ...project, [file]: text }), { environment })
  return compiled.ok ? [] : compiled.problems
}

describe.each(files)('$file with $base', ({ file, base, keys, environment }) => {
  test('without the mistake it is right', () => {
    expect(problems(file, stringify(base), environment)).toEqual([])
  })

  test.each(keys.map((key) => ({ ...key, name: formatKey(key.path) })))(
    '$name of a wrong type is named',
    ({ path, name }) => {
      // A day fits no key, and neither does a number below zero that is not whole.
      for (const wrong of name === 'server.hetznerServerId' ? [true] : [new Date('2026-01-01'), -1.5]) {
        const found = problems(file, planted(base, path, wrong), environment).filter(
          // One source cannot have the filters of all providers.
          ({ message }) => !message.includes('have no such filter'),
        )
        expect(found.map(({ file, key }) => ({ file, key }))).toEqual([{ file, key: name }])
        if (name !== 'cloud.provider') expect(found[0]?.message).toMatch(/^expected .+, got (a date|-1\.5|true)$/)
        expect(found[0]?.line).toBeGreaterThan(0)
      }
    },
  )

  test.each(
    keys
      .filter(({ siblings }) => siblings.length > 0)
      .map(({ path, siblings }) => ({ path, siblings, name: formatKey(path) })),
  )('$name mistyped is an unknown key, and the right one is suggested', ({ path, siblings }) => {
    const key = String(path.at(-1))
    // The two letters in the middle swapped, unless they are the same.
    const at = [...key].findIndex((letter, i) => i > 0 && key[i + 1] !== undefined && key[i + 1] !== letter)
    const typo = at < 0 ? `${key}x` : key.slice(0, at) + key[at + 1] + key[at] + key.slice(at + 2)
    expect(siblings).not.toContain(typo)
    const wrong = [...path.slice(0, -1), typo]
    const found = problems(file, planted(base, wrong, 1), environment)
    expect(found.map(({ file, key, message }) => ({ file, key, message }))).toEqual([
      { file, key: formatKey(wrong), message: `unknown key (did you mean "${key}"?)` },
    ])
  })
})

test('every table of the configuration is covered', () => {
  const count = files.reduce((sum, { keys }) => sum + keys.length, 0)
  expect(count).toBeGreaterThan(120)
})
