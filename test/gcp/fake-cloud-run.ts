import { randomUUID } from 'node:crypto'
import { type FakeAnswer, googleError } from './fake-google.ts'

interface Variable {
  readonly name: string
  readonly value?: string
}

/** An execution of a job, as `executions.get` shows it. */
export interface Execution {
  readonly name: string
  readonly job: string
  readonly createTime: string
  readonly taskCount: number
  readonly template: { readonly containers: readonly { readonly env?: readonly Variable[] }[] }
  completionTime?: string
  succeededCount?: number
  failedCount?: number
  cancelledCount?: number
  conditions?: readonly { readonly type: string; readonly state: string; readonly message?: string }[]
}

/** A page of a listing: small, so that whoever lists has to turn it. */
const pageSize = 2

/** Cloud Run's jobs, of any name, and their executions. */
export function fakeCloudRun(onRun: (execution: Execution) => void) {
  const executions = new Map<string, Execution>()

  const operation = (metadata: Execution) => ({
    name: `${metadata.name.split('/jobs/')[0]}/operations/${randomUUID()}`,
    metadata: { '@type': 'type.googleapis.com/google.cloud.run.v2.Execution', ...metadata },
    done: false,
  })

  function start(job: string, env: readonly Variable[] = []): Execution {
    const short = job.slice(job.lastIndexOf('/') + 1)
    const execution: Execution = {
      name: `${job}/executions/${short}-${randomUUID().replaceAll('-', '').slice(0, 5)}`,
      job: short,
      createTime: new Date().toISOString(),
      taskCount: 1,
      template: { containers: [{ env: [{ name: 'FROM_THE_JOB', value: 'x' }, ...env] }] },
    }
    executions.set(execution.name, execution)
    return execution
  }

  function end(execution: Execution, outcome: 'succeeded' | 'failed' | 'cancelled', message?: string): void {
    if (execution.completionTime !== undefined) return
    execution.completionTime = new Date().toISOString()
    execution[`${outcome}Count`] = 1
    const state = outcome === 'succeeded' ? 'CONDITION_SUCCEEDED' : 'CONDITION_FAILED'
    execution.conditions = [{ type: 'Completed', state, ...(message !== undefined && { message }) }]
  }

  function list(job: string, query: URLSearchParams): FakeAnswer {
    const all = [...executions.values()].filter(({ name }) => name.startsWith(`${job}/executions/`))
    const from = Number(query.get('pageToken') ?? 0)
    const more = from + pageSize < all.length ? { nextPageToken: String(from + pageSize) } : {}
    return { body: { executions: all.slice(from, from + pageSize), ...more } }
  }

  function cancel(name: string): FakeAnswer {
    const execution = executions.get(name)
    if (execution === undefined) return googleError(404, 'NOT_FOUND')
    if (execution.completionTime !== undefined) return googleError(400, 'FAILED_PRECONDITION', 'it has ended')
    end(execution, 'cancelled', 'The execution was cancelled')
    return { body: operation(execution) }
  }

  return {
    /** By full name. */
    executions,
    start,
    end,
    answer(method: string, path: string, body: unknown): FakeAnswer {
      const [, name = '', verb, query = ''] =
        /^run\.googleapis\.com\/v2\/([^:?]+)(?::(\w+))?(?:\?(.*))?$/.exec(path) ?? []
      if (method === 'POST' && verb === 'run') {
        const { overrides } = body as { overrides?: { containerOverrides?: readonly { env?: readonly Variable[] }[] } }
        const execution = start(name, overrides?.containerOverrides?.[0]?.env)
        onRun(execution)
        return { body: operation(execution) }
      }
      if (method === 'POST' && verb === 'cancel') return cancel(name)
      if (method === 'GET' && name.endsWith('/executions')) {
        return list(name.slice(0, -'/executions'.length), new URLSearchParams(query))
      }
      const execution = method === 'GET' ? executions.get(name) : undefined
      return execution === undefined ? googleError(404, 'NOT_FOUND', `no ${path}`) : { body: execution }
    },
  }
}
