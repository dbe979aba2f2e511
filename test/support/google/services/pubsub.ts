import { iamPolicies } from '../policies.ts'
import { notFound, serviceOf } from '../service.ts'

type Json = Readonly<Record<string, unknown>>

/** Topics and subscriptions by their ids. */
export function pubSub() {
  const topics = new Map<string, Json>()
  const subscriptions = new Map<string, Json>()
  /** By the id of a topic. */
  const policies = iamPolicies()
  const missing = (id = '') => notFound(`Resource ${id}`)
  return {
    topics,
    subscriptions,
    policies,
    service: serviceOf('pubsub.googleapis.com', {
      'GET /v1/projects/{project}/topics/{id}:getIamPolicy': ({ id = '' }) =>
        topics.has(id) ? policies.answerGet(id) : missing(id),
      'POST /v1/projects/{project}/topics/{id}:setIamPolicy': ({ id = '' }, { json }) =>
        topics.has(id) ? policies.answerSet(id, json) : missing(id),
      'GET /v1/projects/{project}/topics/{id}': ({ id = '' }) => {
        const found = topics.get(id)
        return found === undefined ? missing(id) : { body: found }
      },
      'GET /v1/projects/{project}/subscriptions/{id}': ({ id = '' }) => {
        const found = subscriptions.get(id)
        return found === undefined ? missing(id) : { body: found }
      },
      'POST /v1/projects/{project}/subscriptions/{id}:modifyPushConfig': ({ id = '' }, { json }) => {
        const found = subscriptions.get(id)
        if (found === undefined) return missing(id)
        subscriptions.set(id, { ...found, ...(json as Json) })
        return { body: {} }
      },
    }),
  }
}
