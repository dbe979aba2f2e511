import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EngineEvent, Stack as PulumiStack } from '@pulumi/pulumi/automation/index.js'
import type { StackPlace } from '../stack-place.ts'
import { DeployFailure, StackLocked, UpdateFailure } from './deploy-failure.ts'
import { failuresIn, locksIn } from './failures.ts'
import type { PulumiCli } from './find-pulumi.ts'
import { pulumiCache } from './lock-records.ts'
import { PulumiError, pulumiCommand } from './pulumi-command.ts'
import { pulumiEnvironment } from './pulumi-environment.ts'
import { loadPulumi } from './pulumi-library.ts'

export type Program = () => Promise<Record<string, unknown>>

export interface StackOptions {
  readonly cli: PulumiCli
  readonly place: StackPlace
  /** URL of where state is kept. Absent: there is no such place yet, and nothing was ever deployed. */
  readonly backend?: string
  readonly environment: NodeJS.ProcessEnv
  /** Told to Pulumi beside: which Google Cloud project it is about. */
  readonly variables?: Readonly<Record<string, string>>
  /** What should be there. */
  readonly program: Program
  /** Called when an update has begun, and so holds the stack; with the process group that does. */
  readonly onHeld?: (group: number) => void
}

/** A resource that exists already and is taken into the state: where Google Cloud has it. */
export interface Adoption {
  readonly type: string
  readonly name: string
  readonly id: string
}

export interface RunOptions {
  readonly signal?: AbortSignal
  readonly onEvent?: (event: EngineEvent) => void
  readonly adopt?: readonly Adoption[]
  /** Only these resources, by URN. */
  readonly only?: readonly string[]
}

/** A stack of Pulumi. Only one of its updates may run at a time in a process. */
export interface Stack {
  /** Whether it has ever been deployed. */
  readonly exists: boolean
  /** What an update would do, as the engine tells it. Nothing is changed, no stack is made. */
  preview(options?: RunOptions): Promise<readonly EngineEvent[]>
  /** Keeps the state there from now on. */
  keepAt(backend: string): void
  /** Brings everything to what the program says; makes the stack. Throws an `UpdateFailure`, `StackLocked`. */
  up(options?: RunOptions): Promise<void>
  /** Looks at these resources, by URN: what is not there any more is forgotten, so that the next update makes it again. */
  refresh(urns: readonly string[], options?: RunOptions): Promise<void>
  /** Removes all resources, and the stack after them. */
  destroy(options?: RunOptions): Promise<void>
  /** What is known of its resources, and what was begun and never ended. */
  state(): Promise<StackState>
  /** Forgets what was begun and never ended. */
  forgetPending(): Promise<void>
  /** Removes the directories of this opening. The stack stays. */
  close(): Promise<void>
}

export interface StackState {
  readonly resources: readonly StateResource[]
  readonly pending: readonly { readonly type: string; readonly resource: StateResource }[]
}

export interface StateResource {
  readonly urn: string
  readonly type: string
  readonly id?: string
  readonly inputs: Readonly<Record<string, unknown>>
  readonly retainOnDelete?: boolean
}

/**
 * Opens a stack by Pulumi's CLI, in a directory of its own that `close` removes; only plugins are kept, in the user's cache
 * directory. Throws a `DeployFailure` when the backend cannot be read.
 */
export async function openStack(options: StackOptions): Promise<Stack> {
  const { cli, place, program } = options
  let { backend } = options
  const { pulumi, automation } = await loadPulumi()
  const directory = await mkdtemp(join(tmpdir(), 'al-pulumi-'))
  const home = await makeHome(directory, options.environment)
  const adopting = { list: [] as readonly Adoption[] }
  let group: number | undefined

  const open = async (url: string, method: 'select' | 'create'): Promise<PulumiStack> => {
    const workspace = await automation.LocalWorkspace.create({
      workDir: directory,
      pulumiHome: home,
      pulumiCommand: pulumiCommand(
        cli,
        {
          ...pulumiEnvironment({ home, backend: url }, options.environment),
          ...options.variables,
        },
        (pid) => {
          group = pid
        },
      ),
      projectSettings: { name: place.project, runtime: 'nodejs', main: directory },
      secretsProvider: 'passphrase',
      program: async () => {
        adoptIn(pulumi, adopting.list)
        return await program()
      },
    })
    return await automation.Stack[method](place.stack, workspace)
  }

  const select = async (url: string): Promise<PulumiStack | undefined> => {
    try {
      return await explained(() => open(url, 'select'))
    } catch (error) {
      if (error instanceof NoStack) return undefined
      throw error
    }
  }
  let standing = backend === undefined ? undefined : await select(backend)
  const exists = standing !== undefined

  /** A preview needs a stack; one that was never deployed is compared with an empty one beside it. */
  const previewed = async (): Promise<PulumiStack> => {
    if (standing !== undefined) return standing
    const empty = join(directory, 'empty')
    await mkdir(empty, { recursive: true })
    return await open(`file://${empty}`, 'create')
  }

  /** One update, with its failures told by resource. */
  const run = async (
    what: string,
    { signal, onEvent, adopt = [] }: RunOptions,
    work: (hooks: { signal?: AbortSignal; onEvent: (event: EngineEvent) => void }) => Promise<unknown>,
    holds = true,
  ): Promise<readonly EngineEvent[]> => {
    const events: EngineEvent[] = []
    adopting.list = adopt
    const hooks = {
      ...(signal !== undefined && { signal }),
      onEvent(event: EngineEvent) {
        if (holds && events.length === 0 && group !== undefined) options.onHeld?.(group)
        events.push(event)
        onEvent?.(event)
      },
    }
    await explained(async () => {
      try {
        await work(hooks)
      } catch (error) {
        signal?.throwIfAborted()
        const failures = failuresIn(events)
        if (failures.length === 0) throw error
        throw new UpdateFailure(what, failures, { cause: error })
      }
    })
    return events
  }

  return {
    exists,
    async preview(given = {}) {
      const stack = await explained(previewed)
      return await run('what a deploy would change cannot be told', given, (hooks) => stack.preview(hooks), false)
    },
    keepAt(url) {
      backend = url
    },
    async up(given = {}) {
      await run('not everything was deployed', given, async (hooks) => {
        if (backend === undefined) throw new Error('there is no place for the state yet')
        standing ??= await open(backend, 'create')
        await standing.up({ ...hooks, ...(given.only !== undefined && { target: [...given.only] }) })
      })
    },
    async refresh(urns, given = {}) {
      const stack = standing
      if (stack === undefined) return
      await run('what is there cannot be told', given, (hooks) => stack.refresh({ ...hooks, target: [...urns] }))
    },
    async destroy(given = {}) {
      const stack = standing
      if (stack === undefined) return
      // Nothing of the program is needed: what is to go stands in the state.
      await run('not everything was removed', given, (hooks) => stack.destroy({ ...hooks, runProgram: false }))
      await explained(() => stack.workspace.removeStack(place.stack))
      standing = undefined
    },
    async state() {
      if (standing === undefined) return { resources: [], pending: [] }
      const stack = standing
      return stateOf((await explained(() => stack.exportStack())).deployment)
    },
    async forgetPending() {
      const stack = standing
      if (stack === undefined) return
      await explained(async () => {
        const exported = await stack.exportStack()
        await stack.importStack({ ...exported, deployment: { ...exported.deployment, pending_operations: [] } })
      })
    },
    close: () => rm(directory, { recursive: true, force: true }),
  }
}

/** Pulumi's own directory: it leaves a file there for each project's directory, and ours is another one each time. */
async function makeHome(directory: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const home = join(directory, 'home')
  const plugins = join(pulumiCache(environment), 'plugins')
  await Promise.all([mkdir(home), mkdir(plugins, { recursive: true })])
  await symlink(plugins, join(home, 'plugins'), 'junction')
  return home
}

function adoptIn(pulumi: Awaited<ReturnType<typeof loadPulumi>>['pulumi'], list: readonly Adoption[]): void {
  if (list.length === 0) return
  pulumi.runtime.registerStackTransformation(({ type, name, props, opts }) => {
    const found = list.find((one) => one.type === type && one.name === name)
    // What differs is changed by the next update: taking in alone refuses it.
    return found && { props, opts: pulumi.mergeOptions(opts, { import: found.id, ignoreChanges: Object.keys(props) }) }
  })
}

/** As much of a deployment as is read. Source: `DeploymentV3` of Pulumi's `apitype`. */
interface Deployment {
  readonly resources?: readonly StateResource[]
  readonly pending_operations?: readonly { readonly type: string; readonly resource: StateResource }[]
}

function stateOf(deployment: Deployment): StackState {
  const { resources = [], pending_operations: pending = [] } = deployment
  return { resources, pending }
}

/** Gives errors of the CLI that belong to no resource their words. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof PulumiError)) throw error
    if (/no stack named/.test(error.stderr)) throw new NoStack()
    const locks = locksIn(error.stderr)
    if (locks !== undefined) throw new StackLocked(locks)
    throw new DeployFailure('cloud', error.message, { cause: error })
  }
}

/** There is no stack of this name. */
class NoStack extends Error {}
