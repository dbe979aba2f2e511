import { type LaunchAnswer, type Launcher, launchTimeout, type StopTarget } from '../../core/scheduler/launcher.ts'
import { parseRunId } from '../../core/scheduler/run.ts'
import { asEnvironment, fromEnvironment } from '../../core/scheduler/start-message.ts'
import type { Log } from '../../core/scheduler/world.ts'
import type { GoogleAnswer, GoogleApi } from '../gcp/google-api.ts'

export interface CloudRunLauncherOptions {
  readonly api: GoogleApi
  /** The id of the Google Cloud project. */
  readonly project: string
  readonly region: string
  /** Base URL of the gateway, without a slash at the end. */
  readonly gatewayUrl: string
  /** The jobs of this project's agents: where to look for containers that still run. */
  readonly jobs: readonly string[]
  readonly log: Log
  /** Where the API is; another one in tests. */
  readonly url?: string
}

/** An execution, as far as it is looked at. */
interface Execution {
  readonly name?: string
  readonly completionTime?: string
  readonly template?: {
    readonly containers?: readonly { readonly env?: readonly { readonly name: string; readonly value?: string }[] }[]
  }
}

/**
 * Agents that are Cloud Run jobs. Each attempt is an execution of the agent's job with a few variables of its own; an
 * execution that nobody needs finds the run taken, and exits. Cloud Run itself ends one at the job's timeout.
 *
 * A container is called by its execution (`CLOUD_RUN_EXECUTION`), which is known once it has claimed the run.
 */
export function cloudRunLauncher(options: CloudRunLauncherOptions): Launcher {
  const { api, project, region, gatewayUrl, jobs, log } = options
  const parent = `${options.url ?? 'https://run.googleapis.com'}/v2/projects/${project}/locations/${region}/jobs`

  return {
    async launch({ agent, run, ticket, attempt }) {
      const variables = Object.entries(asEnvironment({ run, ticket, gateway: gatewayUrl, attempt }))
      const env = variables.map(([name, value]) => ({ name, value }))
      const answer = await api('POST', `${parent}/${agent.resource}:run`, {
        body: { overrides: { containerOverrides: [{ env }] } },
        signal: AbortSignal.timeout(launchTimeout),
      })
      // An error may quote what it refuses.
      return asLaunchAnswer({ ...answer, error: answer.error.replaceAll(ticket, '…') }, agent.resource)
    },

    async stop(target) {
      const { container, run } = target
      if (container === undefined) {
        log('info', 'nothing to stop: no container has claimed the run', { run })
        return
      }
      const job = jobOf(target, container)
      const execution = container.slice(container.lastIndexOf('/') + 1)
      const { status, error } = await api('POST', `${parent}/${job}/executions/${execution}:cancel`, { body: {} })
      // 404: it is gone. 400: it has ended already (FAILED_PRECONDITION).
      if (status !== 200 && status !== 404 && !(status === 400 && error.startsWith('FAILED_PRECONDITION'))) {
        throw new Error(
          `execution ${execution} could not be cancelled: ${error}${hint(status, 'run.executions.cancel')}`,
        )
      }
    },

    async *running() {
      for (const job of jobs) {
        for (let page: string | undefined = ''; page !== undefined; ) {
          const query = new URLSearchParams({ pageSize: '100', ...(page === '' ? {} : { pageToken: page }) })
          const { status, body, error } = await api('GET', `${parent}/${job}/executions?${query}`)
          if (status !== 200) {
            throw new Error(`executions of job ${job} cannot be listed: ${error}${hint(status, 'run.executions.list')}`)
          }
          const { executions = [], nextPageToken } = body as { executions?: Execution[]; nextPageToken?: string }
          for (const execution of executions) {
            const found = asRunning(execution)
            if (found !== undefined) yield found
          }
          page = nextPageToken || undefined
        }
      }
    },
  }
}

function asLaunchAnswer({ status, error }: GoogleAnswer, job: string): LaunchAnswer {
  const why = `job ${job}: ${error}`
  if (status === 200) return { kind: 'started' }
  if (status === 429 || status === 503) return { kind: 'refused', why }
  if (status === 400) return { kind: 'failed', why }
  if (status === 403) return { kind: 'failed', why: `${why}${hint(status, 'run.jobs.runWithOverrides')}` }
  if (status === 404) return { kind: 'failed', why: `job ${job} does not exist; deploy the project again` }
  // Whether it has started is not known; the launch lease tells.
  throw new Error(why)
}

const hint = (status: number, permission: string): string =>
  status === 403 ? `; grant ${permission} to the gateway's service account` : ''

/** The job is named as the agent's rule has it; of an agent that is gone, an execution's name is its job's and five letters. */
function jobOf({ rule }: StopTarget, container: string): string {
  const [, job] = /\/jobs\/([^/]+)\/executions\//.exec(container) ?? []
  return job ?? rule?.resource ?? container.replace(/-[^-]*$/, '')
}

function asRunning({ name, completionTime, template }: Execution) {
  if (name === undefined || completionTime !== undefined) return undefined
  const env = template?.containers?.flatMap((container) => container.env ?? []) ?? []
  const message = fromEnvironment(Object.fromEntries(env.map((variable) => [variable.name, variable.value])))
  const ref = message && parseRunId(message.run)
  if (message === undefined || ref === undefined) return undefined
  const container = name.slice(name.lastIndexOf('/') + 1)
  return { ...ref, attempt: message.attempt, compute: 'cloud-run-job' as const, container }
}
