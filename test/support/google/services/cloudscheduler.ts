import { googleError, notFound, serviceOf, type World } from '../service.ts'

type Json = Readonly<Record<string, unknown>>

/** Jobs of Cloud Scheduler in one region, by their ids. */
export function cloudScheduler({ project, region }: World) {
  const jobs = new Map<string, Json>()
  const nameOf = (id: string) => `projects/${project}/locations/${region}/jobs/${id}`
  const missing = (id = '') => notFound(`Job ${nameOf(id)}`)
  const put = (id: string, json: unknown) => {
    const job = { state: 'ENABLED', ...(json as Json), name: nameOf(id) }
    jobs.set(id, job)
    return job
  }
  const turn = (id = '', state: string) => {
    const found = jobs.get(id)
    return found === undefined ? missing(id) : { body: put(id, { ...found, state }) }
  }
  const root = '/v1/projects/{project}/locations/{region}/jobs'
  return {
    jobs,
    put,
    service: serviceOf('cloudscheduler.googleapis.com', {
      [`GET ${root}`]: () => ({ body: { jobs: [...jobs.values()] } }),
      [`POST ${root}`]: (_, { json }) => {
        const id =
          String((json as Json).name)
            .split('/')
            .at(-1) ?? ''
        return jobs.has(id) ? googleError(409, `Job ${nameOf(id)} already exists.`) : { body: put(id, json) }
      },
      [`GET ${root}/{id}`]: ({ id = '' }) => {
        const found = jobs.get(id)
        return found === undefined ? missing(id) : { body: found }
      },
      [`PATCH ${root}/{id}`]: ({ id = '' }, { json, query }) => {
        const found = jobs.get(id)
        if (found === undefined) return missing(id)
        const fields = query.get('updateMask')?.split(',')
        const change = json as Json
        // Whether a job is paused, only `pause` and `resume` change.
        const { state: _, ...rest } = fields ? Object.fromEntries(fields.map((one) => [one, change[one]])) : change
        return { body: put(id, { ...found, ...rest }) }
      },
      [`DELETE ${root}/{id}`]: ({ id = '' }) => (jobs.delete(id) ? { body: {} } : missing(id)),
      [`POST ${root}/{id}:pause`]: ({ id }) => turn(id, 'PAUSED'),
      [`POST ${root}/{id}:resume`]: ({ id }) => turn(id, 'ENABLED'),
    }),
  }
}
