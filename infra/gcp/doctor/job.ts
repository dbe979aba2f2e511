import { differences, isRecord } from '../../doctor/differences.ts'
import { type Difference, none } from '../../doctor/finding.ts'
import { waitForOperation } from '../deploy/operation.ts'
import { answered } from '../google-api.ts'
import { gone, type Inspector, textOf } from './inspector.ts'

type Json = Readonly<Record<string, unknown>>

interface Container extends Json {
  readonly env?: readonly Variable[]
}

interface Variable {
  readonly name: string
  readonly value?: string
  /** A secret, as the API and as Pulumi name it. */
  readonly valueSource?: unknown
}

/** What starts as the container of an agent: who it is, what it runs, how large it is, for how long. */
export const inspectJob: Inspector = async ({ inputs }, account) => {
  const { api, project, region } = account
  const name = textOf(inputs, 'name')
  const url = `https://run.googleapis.com/v2/projects/${project}/locations/${region}/jobs/${name}`
  const planned = jobOf(inputs ?? {})
  const resource = `job ${name}`
  const ended = async (answer: Json | undefined) =>
    await waitForOperation(answer ?? {}, 'https://run.googleapis.com/v2/', account)

  const found = await answered(api('GET', url))
  if (found === undefined) {
    // Who may run it is not in here: its policy is looked at, too.
    const create = `${url.slice(0, url.lastIndexOf('/'))}?jobId=${name}`
    return {
      resource,
      differences: [gone],
      repair: async () => ended(await answered(api('POST', create, { body: planned }), [])),
    }
  }
  const lines = jobDifferences(planned, found)
  if (lines.length === 0) return { resource, differences: [] }
  const { etag } = found
  return {
    resource,
    differences: lines,
    repair: async () => ended(await answered(api('PATCH', url, { body: { ...planned, etag }, repeatable: false }), [])),
  }
}

/** A job as the API has it, of what Pulumi was told. */
function jobOf(inputs: Json): Json {
  const { labels, template } = inputs
  const outer = record(template)
  const inner = record(outer.template)
  return {
    ...(labels !== undefined && { labels }),
    template: {
      ...only(outer, ['labels', 'taskCount', 'parallelism']),
      template: {
        ...only(inner, ['serviceAccount', 'maxRetries', 'timeout', 'executionEnvironment']),
        containers: list(inner.containers).map((container) => {
          const { envs } = container
          return { ...only(container, ['name', 'image', 'resources', 'command', 'args']), env: list(envs).map(clean) }
        }),
      },
    },
  }
}

function jobDifferences(planned: Json, found: Json): Difference[] {
  const [expected, got] = [taskOf(planned), taskOf(found)]
  const { containers: wanted, ...plain } = expected.task
  const count = only(expected.outer, ['taskCount', 'parallelism'])
  return [
    ...differences('', count, got.outer),
    ...differences('', plain, got.task),
    ...['volumes', 'vpcAccess', 'encryptionKey'].flatMap((key) => unwanted(key, expected.task[key], got.task[key])),
    ...containerDifferences(list(wanted) as Container[], list(got.task.containers) as Container[]),
  ]
}

function containerDifferences(wanted: readonly Container[], found: readonly Container[]): Difference[] {
  if (found.length !== wanted.length) {
    return [{ what: 'containers', expected: String(wanted.length), found: String(found.length) }]
  }
  return wanted.flatMap((one, index) => {
    const other = found[index] ?? {}
    const { env = [], ...plain } = one
    return [
      ...differences('', plain, other),
      ...['command', 'args', 'volumeMounts'].flatMap((key) => unwanted(key, one[key], other[key])),
      ...variableDifferences(env, other.env ?? []),
    ]
  })
}

/** By their names: a value is nobody's business here. */
export function variableDifferences(wanted: readonly Variable[], found: readonly Variable[]): Difference[] {
  const before = new Map(wanted.map((one) => [one.name, one]))
  const after = new Map(found.map((one) => [one.name, one]))
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((name) => {
    const [a, b] = [before.get(name), after.get(name)]
    const what = `variable ${name}`
    if (a === undefined) return [{ what, expected: none, found: 'set' }]
    if (b === undefined) return [{ what, expected: 'set', found: none }]
    const same = a.value === b.value && (a.valueSource === undefined) === (b.valueSource === undefined)
    return same ? [] : [{ what, expected: 'as deployed', found: 'another value' }]
  })
}

const unwanted = (what: string, expected: unknown, found: unknown): Difference[] =>
  expected === undefined && found !== undefined && !(Array.isArray(found) && found.length === 0)
    ? [{ what, expected: none, found: 'set' }]
    : []

function taskOf(job: Json): { outer: Json; task: Json } {
  const outer = record(job.template)
  return { outer, task: record(outer.template) }
}

/** Without what the provider fills in by itself. */
const clean = ({ name, value, valueSource }: Json): Json =>
  only({ name, value, valueSource }, ['name', 'value', 'valueSource'])

const record = (value: unknown): Json => (isRecord(value) ? value : {})
const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isRecord) : [])
const only = (from: Json, keys: readonly string[]): Json =>
  Object.fromEntries(keys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]])))
