import type { RunningContainer } from '../../core/scheduler/launcher.ts'
import { parseRunId } from '../../core/scheduler/run.ts'
import { fromEnvironment } from '../../core/scheduler/start-message.ts'
import type { GoogleApi } from './google-api.ts'

/** Executions of Cloud Run jobs: the containers of agents. Source: REST reference of run.googleapis.com, v2. */
export interface Executions {
  /** Nothing when there is none of this name. Throws when it could not be asked for. */
  get(job: string, execution: string): Promise<Execution | undefined>
  /** Those that have not ended, page by page. Throws when they could not be asked for. */
  unfinished(job: string): AsyncIterable<Execution>
  /** Succeeds when it is gone or has ended. Throws when it could not be asked for. */
  cancel(job: string, execution: string): Promise<void>
}

/** An execution, as far as it is looked at. */
export interface Execution {
  /** Absent only in what is not an answer of Cloud Run. */
  readonly name?: string
  readonly completionTime?: string
  readonly succeededCount?: number
  readonly conditions?: readonly { readonly type?: string; readonly message?: string }[]
  readonly template?: {
    readonly containers?: readonly { readonly env?: readonly { readonly name: string; readonly value?: string }[] }[]
  }
}

export interface ExecutionsOptions {
  readonly api: GoogleApi
  /** The id of the Google Cloud project. */
  readonly project: string
  readonly region: string
}

/** Base URL of the jobs of a project. */
export const jobsUrl = ({ project, region }: Pick<ExecutionsOptions, 'project' | 'region'>): string =>
  `https://run.googleapis.com/v2/projects/${project}/locations/${region}/jobs`

export function cloudRunExecutions({ api, project, region }: ExecutionsOptions): Executions {
  const parent = jobsUrl({ project, region })
  return {
    async get(job, execution) {
      const { status, body, error } = await api('GET', `${parent}/${job}/executions/${execution}`)
      if (status === 404) return undefined
      if (status !== 200) throw new Error(`execution ${execution} cannot be read: ${error}${hint(status, 'get')}`)
      return body as Execution
    },

    async *unfinished(job) {
      for (let page: string | undefined = ''; page !== undefined; ) {
        const query = new URLSearchParams({ pageSize: '100', ...(page === '' ? {} : { pageToken: page }) })
        const { status, body, error } = await api('GET', `${parent}/${job}/executions?${query}`)
        if (status !== 200)
          throw new Error(`executions of job ${job} cannot be listed: ${error}${hint(status, 'list')}`)
        const { executions = [], nextPageToken } = body as { executions?: Execution[]; nextPageToken?: string }
        yield* executions.filter(({ completionTime }) => completionTime === undefined)
        page = nextPageToken || undefined
      }
    },

    async cancel(job, execution) {
      const url = `${parent}/${job}/executions/${execution}:cancel`
      const { status, error } = await api('POST', url, { body: {}, repeatable: true })
      // 404: it is gone. 400: it has ended already (FAILED_PRECONDITION).
      if (status !== 200 && status !== 404 && !(status === 400 && error.startsWith('FAILED_PRECONDITION'))) {
        throw new Error(`execution ${execution} could not be cancelled: ${error}${hint(status, 'cancel')}`)
      }
    },
  }
}

const hint = (status: number, verb: string): string =>
  status === 403 ? `; grant run.executions.${verb} to the gateway's service account` : ''

/** The last part of an execution's name, which its container knows as `CLOUD_RUN_EXECUTION`. */
export const shortName = (name: string): string => name.slice(name.lastIndexOf('/') + 1)

/** The attempt of a run that an execution was started for; nothing if somebody else has started it. */
export function attemptOf({ name, template }: Execution): RunningContainer | undefined {
  const env = template?.containers?.flatMap((container) => container.env ?? []) ?? []
  const message = fromEnvironment(Object.fromEntries(env.map((variable) => [variable.name, variable.value])))
  const ref = message && parseRunId(message.run)
  if (name === undefined || message === undefined || ref === undefined) return undefined
  return { ...ref, attempt: message.attempt, compute: 'cloud-run-job', container: shortName(name) }
}
