import { done, serviceOf, type World } from '../service.ts'

/** Which APIs are enabled in the project: all of them, until a test disables one. */
export function serviceUsage({ number }: World) {
  const disabled = new Set<string>()
  const shown = (api = '') => ({
    name: `projects/${number}/services/${api}`,
    parent: `projects/${number}`,
    state: disabled.has(api) ? 'DISABLED' : 'ENABLED',
    config: { name: api },
  })
  return {
    disabled,
    service: serviceOf('serviceusage.googleapis.com', {
      'GET /v1/projects/{project}/services/{api}': ({ api }) => ({ body: shown(api) }),
      'GET /v1/projects/{project}/services:batchGet': (_, { query }) => ({
        body: { services: query.getAll('names').map((name) => shown(name.split('/').at(-1))) },
      }),
      'POST /v1/projects/{project}/services:batchEnable': (_, { json }) => {
        const { serviceIds } = json as { serviceIds: readonly string[] }
        for (const api of serviceIds) disabled.delete(api)
        return done('operations/acat.p2-1', { services: serviceIds.map(shown) })
      },
      'GET /v1/operations/{id}': ({ id }) => ({ body: { name: `operations/${id}`, done: true, response: {} } }),
    }),
  }
}
