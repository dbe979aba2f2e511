import { notFound, serviceOf } from '../service.ts'

/** Databases by `PROJECT/NAME`, and whether each is protected. */
export function firestoreAdmin() {
  const databases = new Map<string, { protected: boolean }>()
  const shown = (project: string, name: string, { protected: isProtected }: { protected: boolean }) => ({
    name: `projects/${project}/databases/${name}`,
    type: 'FIRESTORE_NATIVE',
    deleteProtectionState: isProtected ? 'DELETE_PROTECTION_ENABLED' : 'DELETE_PROTECTION_DISABLED',
  })
  const done = (project: string, name: string) => ({
    body: { name: `projects/${project}/databases/${name}/operations/one`, done: true },
  })
  const one = '/v1/projects/{project}/databases/{name}'
  return {
    databases,
    service: serviceOf('firestore.googleapis.com', {
      [`GET ${one}`]: ({ project = '', name = '' }) => {
        const found = databases.get(`${project}/${name}`)
        return found === undefined ? notFound('The database') : { body: shown(project, name, found) }
      },
      [`PATCH ${one}`]: ({ project = '', name = '' }, { json }) => {
        const found = databases.get(`${project}/${name}`)
        if (found === undefined) return notFound('The database')
        const { deleteProtectionState } = json as { deleteProtectionState?: string }
        found.protected = deleteProtectionState === 'DELETE_PROTECTION_ENABLED'
        return done(project, name)
      },
      [`DELETE ${one}`]: ({ project = '', name = '' }) => {
        const key = `${project}/${name}`
        if (databases.get(key)?.protected) {
          return {
            status: 400,
            body: { error: { code: 400, status: 'FAILED_PRECONDITION', message: 'it is protected' } },
          }
        }
        return databases.delete(key) ? done(project, name) : notFound('The database')
      },
    }),
  }
}
