import * as fc from 'fast-check'
import { stringify } from 'smol-toml'
import { expect, test } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import { credentialTypes } from '../../core/credentials/types.ts'
import { planSchema } from '../../core/plan/schema.ts'
import { formatProblem } from '../../core/project/problem.ts'
import { agentSchema } from '../../core/project/schema/agent.ts'
import { clouds } from '../../core/project/schema/cloud.ts'
import { environmentSchema, overlaySchema } from '../../core/project/schema/config.ts'
import { filtersSchema } from '../../core/project/schema/webhooks.ts'
import { agentToml, modelToml, projectInMemory } from '../../core/project/testing/project-in-memory.ts'

/** Words that mean something somewhere, so that generated files get past the first checks. */
const words = [
  ...Object.keys(environmentSchema.shape),
  ...Object.keys(overlaySchema.shape),
  ...Object.keys(agentSchema.shape),
  ...Object.keys(clouds.ecs.shape),
  ...Object.keys(clouds['cloud-run'].shape),
  ...Object.keys(filtersSchema.shape),
  ...Object.keys(credentialTypes),
  ...['type', 'credential', 'allowUnsigned', 'source', 'provider', 'api', 'baseUrl', 'headers', 'command', 'gh', 'url'],
  ...['ecs', 'cloud-run', 'custom', 'anthropic', 'github', 'shell', 'http', 'git-clone', '0 5 * * *', 'UTC', 'x'],
  ...['__proto__', 'constructor', 'toString', 'length', '', '0', '${custom_key}', '${', 'https://example.com', '4g'],
]

const key = fc.oneof({ arbitrary: fc.constantFrom(...words), weight: 9 }, fc.string({ maxLength: 8 }))
const leaf = fc.oneof(
  key,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
)
const value = fc.letrec<{ value: unknown; table: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 3 }), tie('table')),
  table: fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: false }),
}))
const document = fc.dictionary(key, value.value, { maxKeys: 8, noNullPrototype: false })

/** Half of the files hold something right as well, so that the mistakes are met in every state. */
const text = fc.oneof(
  { arbitrary: document.map((table) => toml(table)), weight: 6 },
  fc.tuple(fc.constantFrom(modelToml, agentToml, ''), fc.string({ maxLength: 40 })).map((parts) => parts.join('')),
)

function toml(table: Record<string, unknown>): string {
  try {
    return stringify(table)
  } catch {
    // Some values have no TOML form, such as lists that hold nothing but themselves.
    return 'x = 1'
  }
}

test('whatever stands in the files of a project, it compiles or is told what is wrong', () => {
  fc.assert(
    fc.property(
      fc.record({ config: text, overlay: text, environment: text, agent: text, other: text }),
      fc.constantFrom(undefined, 'live', 'nope'),
      fc.constantFrom(undefined, 'ecs' as const, 'cloud-run' as const),
      ({ config, overlay, environment, agent, other }, selected, provider) => {
        const files = projectInMemory({
          'config.toml': config,
          '.env.toml': overlay,
          'environments/live.toml': environment,
          'agents/a/agent-config.toml': agent,
          'agents/b/agent-config.toml': other,
          'agents/b/ACTIONS.md': other,
        })
        const compiled = compileProject(files, { environment: selected, provider })
        if (compiled.ok) planSchema.parse(JSON.parse(JSON.stringify(compiled.plan)))
        else {
          expect(compiled.problems.length).toBeGreaterThan(0)
          for (const problem of compiled.problems) expect(formatProblem(problem)).toMatch(/^[^\n]+: [^\n]+$/)
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('a valid configuration with any one key replaced compiles or is told what is wrong', () => {
  const base = { model: { provider: 'anthropic', model: 'm' }, webhooks: { gh: { type: 'github' } } }
  const own = { schedule: '0 5 * * *', webhooks: [{ source: 'gh' }] }
  fc.assert(
    fc.property(fc.boolean(), key, value.value, (isConfig, name, anything) => {
      const files = projectInMemory({
        'config.toml': toml(isConfig ? { ...base, [name]: anything } : base),
        'agents/a/agent-config.toml': toml(isConfig ? own : { ...own, [name]: anything }),
      })
      const compiled = compileProject(files)
      if (compiled.ok) planSchema.parse(JSON.parse(JSON.stringify(compiled.plan)))
      else expect(compiled.problems.map(({ message }) => message)).not.toContain('')
    }),
    { numRuns: 500 },
  )
})

test('tables with keys that objects inherit, or that lists have, are tables like others', () => {
  const tables = ['length', 'constructor', '__proto__', 'toString', 'hasOwnProperty']
  for (const key of [...Object.keys(overlaySchema.shape), ...Object.keys(agentSchema.shape)]) {
    for (const inner of tables) {
      const text = `[${key}.${inner}.x]\ny = 1\n`
      const files = projectInMemory({ 'config.toml': text, 'agents/a/agent-config.toml': text })
      const compiled = compileProject(files)
      expect(compiled.ok).toBe(false)
    }
  }
})
