import { iamPolicies } from '../policies.ts'
import { lackingPermission, serviceOf, type World } from '../service.ts'

/** The one project there is, and who may do what in it. */
export function cloudResourceManager({ project, number }: World) {
  const policies = iamPolicies()
  const isKnown = (id: string | undefined) => id === project || id === number
  const refused = (id: string | undefined) => lackingPermission('resourcemanager.projects.get', `projects/${id}`)
  return {
    /** By the project's id. */
    policies,
    service: serviceOf('cloudresourcemanager.googleapis.com', {
      'GET /v3/projects/{id}': ({ id }) =>
        isKnown(id)
          ? { body: { name: `projects/${number}`, projectId: project, state: 'ACTIVE', displayName: 'Acme' } }
          : refused(id),
      'GET /v1/projects/{id}': ({ id }) =>
        isKnown(id)
          ? { body: { projectNumber: number, projectId: project, lifecycleState: 'ACTIVE', name: 'Acme' } }
          : refused(id),
      'POST /{version}/projects/{id}:getIamPolicy': ({ id }) =>
        isKnown(id) ? policies.answerGet(project) : refused(id),
      'POST /{version}/projects/{id}:setIamPolicy': ({ id }, { json }) =>
        isKnown(id) ? policies.answerSet(project, json) : refused(id),
    }),
  }
}
