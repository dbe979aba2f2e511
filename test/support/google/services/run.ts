import { iamPolicies } from '../policies.ts'
import { done, googleError, notFound, pageOf, serviceOf, type World } from '../service.ts'

type Json = Readonly<Record<string, unknown>>

/** An execution of a job, as far as tests look at it. */
export interface FakeExecution {
  readonly name: string
  readonly job: string
  readonly createTime: string
  readonly template: unknown
  readonly completionTime?: string
  readonly runningCount?: number
  readonly cancelledCount?: number
  readonly labels?: Readonly<Record<string, string>>
}

/** Jobs, their executions and services of one region; jobs and services by their ids. Operations are over at once. */
export function cloudRun({ project, region }: World) {
  const parent = `projects/${project}/locations/${region}`
  const jobs = new Map<string, Json>()
  const services = new Map<string, Json>()
  const executions: FakeExecution[] = []
  const policies = iamPolicies()
  let count = 0
  const operation = () => `${parent}/operations/operation-${++count}`

  /** Keeps a resource and answers what is kept. */
  const put = (all: Map<string, Json>, kind: string, id: string, json: unknown) => {
    const kept = { ...(json as Json), name: `${parent}/${kind}/${id}`, etag: `"${++count}"` }
    all.set(id, kept)
    return kept
  }

  const crud = (all: Map<string, Json>, kind: 'jobs' | 'services', idParameter: string) => {
    const root = `/v2/projects/{project}/locations/{region}/${kind}`
    const missing = (id: string) => notFound(`Resource '${parent}/${kind}/${id}'`)
    return {
      [`GET ${root}`]: (_: unknown, { query }: { query: URLSearchParams }) => {
        const { items, next } = pageOf([...all.values()], query, 100)
        return { body: { [kind]: items, ...next } }
      },
      [`POST ${root}`]: (_: unknown, { query, json }: { query: URLSearchParams; json: unknown }) => {
        const id = query.get(idParameter) ?? ''
        if (all.has(id)) return googleError(409, `Resource '${id}' already exists.`)
        return done(operation(), put(all, kind, id, json))
      },
      [`GET ${root}/{id}`]: ({ id = '' }: Readonly<Record<string, string>>) => {
        const found = all.get(id)
        return found === undefined ? missing(id) : { body: found }
      },
      [`PATCH ${root}/{id}`]: (
        { id = '' }: Readonly<Record<string, string>>,
        { json, query }: { json: unknown; query: URLSearchParams },
      ) => {
        if (!all.has(id) && query.get('allowMissing') !== 'true') return missing(id)
        return done(operation(), put(all, kind, id, json))
      },
      [`DELETE ${root}/{id}`]: ({ id = '' }: Readonly<Record<string, string>>) =>
        all.delete(id) ? done(operation(), {}) : missing(id),
      [`GET ${root}/{id}:getIamPolicy`]: ({ id = '' }: Readonly<Record<string, string>>) =>
        all.has(id) ? policies.answerGet(`${kind}/${id}`) : missing(id),
      [`POST ${root}/{id}:setIamPolicy`]: (
        { id = '' }: Readonly<Record<string, string>>,
        { json }: { json: unknown },
      ) => (all.has(id) ? policies.answerSet(`${kind}/${id}`, json) : missing(id)),
    }
  }

  const job = '/v2/projects/{project}/locations/{region}/jobs/{id}'
  return {
    jobs,
    services,
    /** The newest one first, as the API lists them. */
    executions,
    /** By `jobs/ID` and `services/ID`. */
    policies,
    put: (kind: 'jobs' | 'services', id: string, json: Json) => put(kind === 'jobs' ? jobs : services, kind, id, json),
    service: serviceOf('run.googleapis.com', {
      ...crud(jobs, 'jobs', 'jobId'),
      ...crud(services, 'services', 'serviceId'),
      [`POST ${job}:run`]: ({ id = '' }, { json }) => {
        if (!jobs.has(id)) return notFound(`Resource '${parent}/jobs/${id}'`)
        const name = `${parent}/jobs/${id}/executions/${id}-${(++count).toString(36).padStart(5, 'x')}`
        const { overrides = {} } = (json ?? {}) as { overrides?: Json }
        const execution: FakeExecution = {
          name,
          job: id,
          createTime: new Date().toISOString(),
          runningCount: 1,
          template: { containers: (overrides.containerOverrides as unknown[] | undefined) ?? [] },
        }
        executions.unshift(execution)
        // The operation ends with the execution.
        return { body: { name: operation(), metadata: { name }, done: false } }
      },
      [`GET ${job}/executions`]: ({ id }, { query }) => {
        const { items, next } = pageOf(
          executions.filter((one) => one.job === id),
          query,
          100,
        )
        return { body: { executions: items, ...next } }
      },
      [`GET ${job}/executions/{execution}`]: ({ execution = '' }) => {
        const found = executions.find(({ name }) => name.endsWith(`/${execution}`))
        return found === undefined ? notFound(execution) : { body: found }
      },
      [`POST ${job}/executions/{execution}:cancel`]: ({ execution = '' }) => {
        const index = executions.findIndex(({ name }) => name.endsWith(`/${execution}`))
        const found = executions[index]
        if (found === undefined) return notFound(execution)
        const ended = { runningCount: 0, cancelledCount: 1, completionTime: new Date().toISOString() }
        executions[index] = { ...found, ...ended }
        return done(operation(), executions[index])
      },
    }),
  }
}
