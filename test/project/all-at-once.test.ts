import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import { formatProblem } from '../../core/project/problem.ts'
import { projectInMemory } from '../../core/project/testing/project-in-memory.ts'

/** A mistake: lines for one table of one file, and the key that has to be named. */
interface Mistake {
  readonly file: 'config' | 'a' | 'b'
  readonly table: string
  readonly line: string
  readonly key: string
}

const mistake = (file: Mistake['file'], table: string, line: string, key: string): Mistake => ({
  file,
  table,
  line,
  key,
})

/** Each alone is one problem, of a different kind and from a different place in the compiler. */
const mistakes: readonly Mistake[] = [
  mistake('config', '', 'maxReruns = -1', 'maxReruns'),
  mistake('config', '', 'maxCalDepth = 3', 'maxCalDepth'),
  mistake('config', '', 'timezone = "Mars/Olympus"', 'timezone'),
  mistake('config', 'model', 'baseUrl = "nowhere"', 'model.baseUrl'),
  mistake('config', 'model', 'thinkingLevel = "deep"', 'model.thinkingLevel'),
  mistake('config', 'model.headers', 'Authorization = "plain"', 'model.headers.Authorization'),
  mistake('config', 'model.headers', 'X-Other = "${nope}"', 'model.headers.X-Other'),
  mistake('config', 'local', 'cpus = 99', 'local.cpus'),
  mistake('config', 'local', 'memory = "999g"', 'local.memory'),
  mistake('config', 'local', 'image = 3', 'local.image'),
  mistake('config', 'gateway', 'port = 0', 'gateway.port'),
  mistake('config', 'webhooks.x', 'type = "git-hub"', 'webhooks.x.type'),
  mistake('config', 'webhooks.x', 'credential = "../y"', 'webhooks.x.credential'),
  mistake('config', 'telemetry', 'samplingRate = 2', 'telemetry.samplingRate'),
  mistake('config', 'telemetry.headers', 'X = "${"', 'telemetry.headers.X'),
  mistake('config', 'cloud', 'ecsCluster = "a b"', 'cloud.ecsCluster'),
  mistake('config', 'cloud', 'gcpProject = "acme-prod"', 'cloud.gcpProject'),
  mistake('a', '', 'scale = "two"', 'scale'),
  mistake('a', '', 'timeout = 0', 'timeout'),
  mistake('a', '', 'schedule = "61 * * * *"', 'schedule'),
  mistake('a', '', 'timezone = "+02:00"', 'timezone'),
  mistake('a', '', 'credential = "x"', 'credential'),
  mistake('a', '', 'credentials = ["nope", 4]', 'credentials[0]'),
  mistake('a', 'model', 'provider = "custom"', 'model.api'),
  mistake('a', '[preflight]', 'provider = "shel"', 'preflight[0].provider'),
  mistake('a', '[webhooks]', 'resources = ["x"]', 'webhooks[0].resources'),
  mistake('b', '', 'scale = 9', 'scale'),
]

const fixed: Readonly<Record<string, string>> = {
  'config:': 'scale = 5',
  'config:model': 'provider = "anthropic"\nmodel = "m"',
  'config:webhooks.gh': 'type = "github"',
  'config:cloud': 'provider = "ecs"\nawsRegion = "eu-west-1"',
  'b:': 'schedule = "0 5 * * *"',
  'a:[webhooks]': 'source = "gh"',
}

/** What a table needs to be there when a mistake stands in it. */
const needed: Readonly<Record<string, string>> = {
  'a:model': 'model = "m"',
  'a:[preflight]': 'params = {}',
}

function textOf(file: Mistake['file'], chosen: readonly Mistake[]): string {
  const own = chosen.filter((one) => one.file === file)
  const always = Object.keys(fixed).filter((key) => key.startsWith(`${file}:`))
  const tables = [...new Set(['', ...always.map((key) => key.split(':')[1] ?? ''), ...own.map(({ table }) => table)])]
  return tables
    .map((table) => {
      const lines = own.filter((one) => one.table === table).map(({ line }) => line)
      const stands = [
        table === '' ? '' : `[${table}]`,
        fixed[`${file}:${table}`] ?? '',
        needed[`${file}:${table}`] ?? '',
      ]
      return [...stands, ...lines].join('\n')
    })
    .join('\n')
}

function problems(chosen: readonly Mistake[]): string[] {
  const compiled = compileProject(
    projectInMemory({
      'config.toml': textOf('config', chosen),
      'agents/a/agent-config.toml': textOf('a', chosen),
      'agents/b/agent-config.toml': textOf('b', chosen),
    }),
  )
  return compiled.ok ? [] : compiled.problems.map(({ file, key }) => `${file} ${key}`)
}

const fileOf = { config: 'config.toml', a: 'agents/a/agent-config.toml', b: 'agents/b/agent-config.toml' } as const

test('without a mistake there is no problem', () => {
  const compiled = compileProject(
    projectInMemory({
      'config.toml': textOf('config', []),
      'agents/a/agent-config.toml': textOf('a', []),
      'agents/b/agent-config.toml': textOf('b', []),
    }),
  )
  expect(compiled.ok ? [] : compiled.problems.map(formatProblem)).toEqual([])
})

/** Limits of the target can be judged only once the target is known and the project is complete. */
const ofTheTarget = ['local.cpus', 'local.memory', 'scale']

test('no mistake hides another: of any of them together, each is named', () => {
  fc.assert(
    fc.property(fc.subarray([...mistakes], { minLength: 1 }), (chosen) => {
      const cloudIsWrong = chosen.some(({ table }) => table === 'cloud')
      const found = problems(chosen)
      for (const { file, key } of chosen) {
        const isOfTheTarget = file !== 'a' && ofTheTarget.includes(key)
        if (cloudIsWrong && isOfTheTarget) continue
        expect(found).toContain(`${fileOf[file]} ${key}`)
      }
    }),
    { numRuns: 300 },
  )
})

test('each mistake alone is one problem, or the parts of one', () => {
  for (const one of mistakes) {
    const found = problems([one])
    expect(found).toContain(`${fileOf[one.file]} ${one.key}`)
    expect(found.every((problem) => problem.startsWith(fileOf[one.file]))).toBe(true)
    expect(found.length).toBeLessThanOrEqual(2)
  }
})
