import type { IIoHost, Toolkit } from '@aws-cdk/toolkit-lib'
import type { Account } from '../account.ts'
import { AwsFailure, awsFailure } from '../aws-failure.ts'
import { isReason, type OnProgress, type ResourceFailure, StackFailure } from './stack-progress.ts'
import { toolkitPackage } from './toolkit-package.ts'

/** As much of the CDK's toolkit as deploying takes. */
type ToolkitPort = Pick<Toolkit, 'bootstrap' | 'deploy' | 'fromAssemblyDirectory'>

type Library = typeof import('@aws-cdk/toolkit-lib')

export interface Deployer {
  /** Makes or updates the CDK's bootstrap stack. */
  bootstrap(): Promise<void>
  /** Deploys stacks of an assembly, those that do not depend on each other at once. Throws a `StackFailure`. */
  deploy(directory: string, stacks: readonly string[], options?: DeployOptions): Promise<void>
}

export interface DeployOptions {
  /** Takes resources back in that were kept when their stack was deleted. */
  readonly importExisting?: boolean
}

/** Milliseconds between two looks at a stack. */
const polling = 2000

/**
 * The CDK's toolkit. It is large and only deploying needs it, so the package does not carry it: throws an `AwsFailure`
 * (installation) when it is not there.
 */
export async function loadToolkit(
  load: () => Promise<Library> = () => import('@aws-cdk/toolkit-lib'),
): Promise<Library> {
  try {
    return await load()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new AwsFailure('installation', missingToolkit, { cause: error })
  }
}

const missingToolkit = `deploying needs the AWS CDK toolkit, which is not installed beside al: npm install ${toolkitPackage} (with -g if al was installed so)`

/** What deploys with the credentials of an account. Throws what `loadToolkit` throws. */
export async function openDeployer(account: Account, onProgress: OnProgress): Promise<Deployer> {
  const library = await loadToolkit()
  const told: Told = { failures: [], errors: [] }
  const toolkit: ToolkitPort = new library.Toolkit({
    ioHost: ioHost(onProgress, told),
    color: false,
    emojis: false,
    sdkConfig: {
      baseCredentials: library.BaseCredentials.custom({ provider: account.credentials, region: account.region }),
    },
  })
  return {
    async bootstrap() {
      const where = `aws://${account.account}/${account.region}`
      await reported(told, 'the bootstrap stack could not be deployed', () =>
        toolkit.bootstrap(library.BootstrapEnvironments.fromList([where])),
      )
    },
    async deploy(directory, stacks, { importExisting = false } = {}) {
      const assembly = await toolkit.fromAssemblyDirectory(directory)
      await reported(told, `${stacks.join(', ')}: not deployed`, () =>
        toolkit.deploy(assembly, {
          stacks: {
            strategy: library.StackSelectionStrategy.PATTERN_MUST_MATCH,
            patterns: [...stacks],
            expand: library.ExpandStackSelection.NONE,
          },
          // A change set is made only where something has to be imported: the change was shown before, and without one
          // a stack is two requests and some seconds nearer, and none is left behind by an interruption.
          deploymentMethod: importExisting
            ? { method: 'change-set', importExistingResources: true }
            : { method: 'direct' },
          concurrency: 8,
          assetBuildConcurrency: 2,
          stackEventPollingInterval: polling,
        }),
      )
    },
  }
}

/** What the toolkit says of a failure before it throws. */
interface Told {
  readonly failures: ResourceFailure[]
  /** Of assets, whose own error names none. */
  readonly errors: string[]
}

async function reported(told: Told, what: string, work: () => Promise<unknown>): Promise<void> {
  const { failures, errors } = told
  failures.length = 0
  errors.length = 0
  try {
    await work()
  } catch (error) {
    if (failures.length > 0) throw new StackFailure(what, [...failures], { cause: error })
    const reasons = [textOf(error), ...new Set(errors)].join('\n  ')
    throw awsFailure(error) ?? new StackFailure(`${what}: ${reasons}`, [], { cause: error })
  }
}

/** The toolkit decorates its messages. */
const textOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^\W+/, '').replace(/\s+/g, ' ').trim()

/** The payloads of the messages that are used, by their codes in the toolkit's message registry. */
interface Activity {
  readonly event: {
    readonly StackName?: string
    readonly LogicalResourceId?: string
    readonly PhysicalResourceId?: string
    readonly ResourceType?: string
    readonly ResourceStatus?: string
    readonly ResourceStatusReason?: string
  }
  readonly progress: { readonly completed: number; readonly total?: number }
}

/** Names a flag of another program. Who asks for a bootstrap says what it gives. */
const executionPolicies = '--cloudformation-execution-policies'

/** Turns messages of the toolkit into progress, and answers its questions with their defaults: we have asked before. */
function ioHost(onProgress: OnProgress, { failures, errors }: Told): IIoHost {
  return {
    // "Deploy these changes?", "roll back first?": the default is to go on.
    requestResponse: async ({ defaultResponse }) => defaultResponse,
    async notify({ code, level, data, message }) {
      if (code === 'CDK_TOOLKIT_I5502') {
        const { event, progress } = data as Activity
        const stack = event.StackName ?? ''
        const [logicalId = '', type = '', status = ''] = [
          event.LogicalResourceId,
          event.ResourceType,
          event.ResourceStatus,
        ]
        if (isReason(status, event.ResourceStatusReason)) {
          failures.push({ stack, logicalId, type, status, reason: event.ResourceStatusReason })
        }
        const { completed: done, total } = progress
        onProgress({ kind: 'resource', stack, logicalId, type, status, done, ...(total !== undefined && { total }) })
      } else if (code === 'CDK_TOOLKIT_I5501') {
        onProgress({ kind: 'stack', stack: (data as { readonly stackName: string }).stackName, did: 'started' })
      } else if (code === 'CDK_TOOLKIT_I5503') {
        onProgress({ kind: 'stack', stack: (data as { readonly stackName: string }).stackName, did: 'done' })
      } else if (level === 'error' || code === 'CDK_ASSETS_E5279') {
        errors.push(textOf(message))
      } else if (level === 'warn' && !message.includes(executionPolicies)) {
        onProgress({ kind: 'note', text: message.replace(/\s+/g, ' ').trim() })
      }
    },
  }
}
