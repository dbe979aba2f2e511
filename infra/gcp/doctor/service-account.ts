import { answered } from '../google-api.ts'
import { gone, type Inspector, textOf } from './inspector.ts'

/** Whatever was granted to it names its number, which a new one does not have. */
const adviceWhenLost = 'run `al destroy`, which keeps state and secrets, then `al deploy`'

/**
 * Whether a service account is there, and may be used. One that was deleted is taken back within thirty days, with all that
 * it was granted; a new one of the same name would have nothing.
 */
export const inspectServiceAccount: Inspector = async ({ inputs, outputs }, { api, project }) => {
  const id = textOf(inputs, 'accountId')
  const url = `https://iam.googleapis.com/v1/projects/${project}/serviceAccounts/${id}@${project}.iam.gserviceaccount.com`
  const resource = `service account ${id}`
  const found = await answered(api('GET', url))
  if (found === undefined) {
    const number = textOf(outputs, 'uniqueId')
    if (number === '') return { resource, differences: [gone], advice: adviceWhenLost }
    const undelete = `https://iam.googleapis.com/v1/projects/-/serviceAccounts/${number}:undelete`
    return {
      resource,
      differences: [gone],
      repair: async () => {
        await answered(api('POST', undelete, { body: {} }), [])
      },
    }
  }
  if (found.disabled !== true) return { resource, differences: [] }
  return {
    resource,
    differences: [{ what: 'it', expected: 'enabled', found: 'disabled' }],
    repair: async () => {
      await answered(api('POST', `${url}:enable`, { body: {}, repeatable: true }), [])
    },
  }
}
