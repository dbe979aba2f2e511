import { differences } from '../../doctor/differences.ts'
import { answered } from '../google-api.ts'
import { adviceWhenGone, gone, type Inspector, textOf } from './inspector.ts'

/** What a role of the project's own permits. One that was deleted is there for another week, and is taken back. */
export const inspectCustomRole: Inspector = async ({ inputs = {} }, { api, project }) => {
  const id = textOf(inputs, 'roleId')
  const url = `https://iam.googleapis.com/v1/projects/${project}/roles/${id}`
  const resource = `role ${id}`
  const found = await answered(api('GET', url))
  if (found === undefined) return { resource, differences: [gone], advice: adviceWhenGone }
  const deleted = found.deleted === true
  const planned = { includedPermissions: inputs.permissions }
  const changed = differences('', planned, found).map((one) => ({ ...one, what: 'permissions' }))
  return {
    resource,
    differences: [...(deleted ? [gone] : []), ...changed],
    repair: async () => {
      if (deleted) await answered(api('POST', `${url}:undelete`, { body: {} }), [])
      if (changed.length > 0) {
        await answered(api('PATCH', `${url}?updateMask=includedPermissions`, { body: planned }), [])
      }
    },
  }
}
