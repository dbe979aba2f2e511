import { FileArchive } from '@pulumi/pulumi/asset/archive.js'
import { Resource } from '@pulumi/pulumi/resource.js'
import { type MockResourceArgs, setMocks } from '@pulumi/pulumi/runtime/mocks.js'
import { disconnect } from '@pulumi/pulumi/runtime/settings.js'
import { registerStackTransformation, rootPulumiStackTypeName, runInPulumiStack } from '@pulumi/pulumi/runtime/stack.js'

/** One resource of a program, as Pulumi would be told of it. */
export interface RecordedResource {
  /** Pulumi's type, such as `gcp:cloudrunv2/job:Job`. */
  readonly type: string
  readonly name: string
  readonly properties: Readonly<Record<string, unknown>>
  /** Stays when Pulumi would delete it. */
  readonly retainOnDelete?: true
}

export interface StackName {
  readonly project: string
  readonly stack: string
}

let previous: Promise<unknown> = Promise.resolve()

/**
 * Runs a program against Pulumi's mocks: nothing is made, no engine, no account and no network is there. What only the cloud
 * knows, an id or a generated name, stands as `${name.property}`. Resources come in the order of their types and names.
 */
export function recordResources(
  program: () => Promise<unknown>,
  name: StackName,
): Promise<readonly RecordedResource[]> {
  // Pulumi keeps its monitor in a variable of a module.
  const result = previous.then(() => withoutStackTraces(() => record(program, name)))
  previous = result.catch(() => {})
  return result
}

/**
 * Pulumi notes where each resource and each promise came from, by stack traces as text: most of the time a thousand agents
 * take. Nobody reads them here.
 */
async function withoutStackTraces<T>(work: () => Promise<T>): Promise<T> {
  const { stackTraceLimit } = Error
  const callsites: unknown = Reflect.get(Resource, 'callsites')
  try {
    Error.stackTraceLimit = 0
    Reflect.set(Resource, 'callsites', () => [])
    return await work()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    Reflect.set(Resource, 'callsites', callsites)
  }
}

async function record(program: () => Promise<unknown>, { project, stack }: StackName): Promise<RecordedResource[]> {
  const recorded: RecordedResource[] = []
  const retained = new Set<string>()
  const keyOf = (one: { readonly type: string; readonly name: string }) => `${one.type}::${one.name}`
  await setMocks(
    {
      call: () => ({}),
      async newResource({ type, name, inputs }: MockResourceArgs) {
        if (type !== rootPulumiStackTypeName) recorded.push({ type, name, properties: await asJson(inputs) })
        return { id: `\${${name}.id}`, state: outputsOf(type, name, inputs) }
      },
    },
    project,
    stack,
  )
  await runInPulumiStack(async () => {
    registerStackTransformation(({ type, name, opts }) => {
      if ('retainOnDelete' in opts && opts.retainOnDelete === true) retained.add(keyOf({ type, name }))
      return undefined
    })
    return await program()
  })
  // Registering goes on when the program has ended.
  await disconnect()
  return recorded
    .map((one) => ({ ...one, ...(retained.has(keyOf(one)) && { retainOnDelete: true as const }) }))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/** Properties as they are, but for archives: of those the path, as the program has it. */
async function asJson(properties: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
  const entries = Object.entries(properties).map(async ([key, value]) => {
    return [key, value instanceof FileArchive ? { archive: await value.path } : value] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** Outputs, as far as other resources of the program take them in. */
function outputsOf(type: string, id: string, { name }: { readonly name?: unknown }): Readonly<Record<string, unknown>> {
  const generated = (...keys: string[]) => Object.fromEntries(keys.map((key) => [key, `\${${id}.${key}}`]))
  switch (type) {
    case 'gcp:serviceaccount/account:Account':
      return generated('email', 'member', 'name')
    case 'gcp:logging/projectSink:ProjectSink':
      return generated('writerIdentity')
    default:
      return { name }
  }
}
