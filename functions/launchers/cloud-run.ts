import type { StopTarget } from '../../core/scheduler/launcher.ts'
import { type LaunchAnswer, type Launcher, type LaunchOrder, launchTimeout } from '../../core/scheduler/launcher.ts'
import { asEnvironment } from '../../core/scheduler/start-message.ts'
import { attemptOf, type Executions, jobsUrl, shortName } from '../gcp/executions.ts'
import type { GoogleAnswer, GoogleApi } from '../gcp/google-api.ts'
import { mayBeOfThePast } from './early-denial.ts'
import { startedBy } from './started-by.ts'

export interface CloudRunLauncherOptions {
  readonly api: GoogleApi
  readonly executions: Executions
  /** The id of the Google Cloud project. */
  readonly project: string
  readonly region: string
  /** Base URL of the gateway, without a slash at the end. */
  readonly gatewayUrl: string
  /** The jobs of this project's agents: where to look for containers that still run. */
  readonly jobs: readonly string[]
}

/** Executions that are remembered, as long as nobody has claimed with them. */
const mostRemembered = 1000

/**
 * Agents that are Cloud Run jobs. Each attempt is an execution of the agent's job with a few variables of its own; an
 * execution that nobody needs finds the run taken, and exits. Cloud Run itself ends one at the job's timeout.
 *
 * A container is called by its execution (`CLOUD_RUN_EXECUTION`). Until it has claimed the run, only Cloud Run knows it:
 * this process remembers what it has started itself, and finds what another instance has by its variables.
 */
export function cloudRunLauncher(options: CloudRunLauncherOptions): Launcher {
  const { api, executions, gatewayUrl, jobs } = options
  const started = new Map<string, string>()

  function remember(order: LaunchOrder, { body }: GoogleAnswer): void {
    // The operation that is answered is about the execution.
    const { name } = (body.metadata ?? {}) as { name?: unknown }
    if (typeof name !== 'string') return
    started.set(startedBy(order), shortName(name))
    const [oldest = ''] = started.keys()
    if (started.size > mostRemembered) started.delete(oldest)
  }

  /** The executions that may come to claim a run. */
  async function unclaimed({ run, suffix, attempt, rule }: StopTarget): Promise<string[]> {
    const attempts = Array.from({ length: attempt }, (_, i) => started.get(startedBy({ suffix, attempt: i + 1 })))
    const own = attempts.filter((one) => one !== undefined)
    if (own.length === attempts.length || rule === undefined) return own
    const found = new Set(own)
    for await (const execution of executions.unfinished(rule.resource)) {
      const one = attemptOf(execution)
      if (one !== undefined && `${one.agent}-${one.suffix}` === run) found.add(one.container)
    }
    return [...found]
  }

  return {
    async launch(order) {
      const { agent, run, ticket, attempt } = order
      const variables = Object.entries(asEnvironment({ run, ticket, gateway: gatewayUrl, attempt }))
      const env = variables.map(([name, value]) => ({ name, value }))
      const answer = await api('POST', `${jobsUrl(options)}/${agent.resource}:run`, {
        body: { overrides: { containerOverrides: [{ env }] } },
        signal: AbortSignal.timeout(launchTimeout),
      })
      if (answer.status === 200) remember(order, answer)
      // An error may quote what it refuses.
      return asLaunchAnswer({ ...answer, error: answer.error.replaceAll(ticket, '…') }, order)
    },

    async stop(target) {
      const { container } = target
      const names = container === undefined ? await unclaimed(target) : [shortName(container)]
      await Promise.all(names.map((name) => executions.cancel(jobOf(target, container ?? name), name)))
    },

    async *running() {
      for (const job of jobs) {
        for await (const execution of executions.unfinished(job)) {
          const found = attemptOf(execution)
          if (found !== undefined) yield found
        }
      }
    },
  }
}

/**
 * What an answer to `jobs.run` means. The job may be changing just now (FAILED_PRECONDITION, ABORTED), or as many run as
 * the region lets (RESOURCE_EXHAUSTED): both pass.
 */
function asLaunchAnswer({ status, error }: GoogleAnswer, order: LaunchOrder): LaunchAnswer {
  const job = order.agent.resource
  const why = `job ${job}: ${error}`
  if (status === 200) return { kind: 'started' }
  const passes = status === 400 && error.startsWith('FAILED_PRECONDITION')
  if (passes || status === 409 || status === 429 || status === 503) return { kind: 'refused', why }
  if (status === 403) {
    const kind = mayBeOfThePast(order) ? 'refused' : 'failed'
    return { kind, why: `${why}; grant run.jobs.runWithOverrides to the gateway's service account` }
  }
  if (status === 400) return { kind: 'failed', why }
  if (status === 404) return { kind: 'failed', why: `job ${job} does not exist; deploy the project again` }
  // Whether it has started is not known; the launch lease tells.
  throw new Error(why)
}

/** The job is named as the agent's rule has it; of an agent that is gone, an execution's name is its job's and five letters. */
function jobOf({ rule }: StopTarget, container: string): string {
  const [, job] = /\/jobs\/([^/]+)\/executions\//.exec(container) ?? []
  return job ?? rule?.resource ?? container.replace(/-[^-]*$/, '')
}
