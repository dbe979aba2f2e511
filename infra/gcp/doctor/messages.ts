import { differences, isRecord } from '../../doctor/differences.ts'
import { answered } from '../google-api.ts'
import { adviceWhenGone, gone, type Inspector, textOf } from './inspector.ts'

/** Where Pub/Sub hands on that an execution has ended, and as whom. */
export const inspectSubscription: Inspector = async ({ inputs = {} }, { api, project }) => {
  const name = textOf(inputs, 'name')
  const url = `https://pubsub.googleapis.com/v1/projects/${project}/subscriptions/${name}`
  const resource = `subscription ${name}`
  const found = await answered(api('GET', url))
  if (found === undefined) return { resource, differences: [gone], advice: adviceWhenGone }
  const { pushEndpoint, oidcToken } = isRecord(inputs.pushConfig) ? inputs.pushConfig : {}
  const { serviceAccountEmail, audience } = isRecord(oidcToken) ? oidcToken : {}
  const pushConfig = { pushEndpoint, oidcToken: { serviceAccountEmail, audience } }
  return {
    resource,
    differences: differences('', { pushConfig }, found),
    repair: async () => {
      await answered(api('POST', `${url}:modifyPushConfig`, { body: { pushConfig }, repeatable: true }), [])
    },
  }
}

/** Which entries of the audit log are handed on, and where to. */
export const inspectSink: Inspector = async ({ inputs = {} }, { api, project }) => {
  const name = textOf(inputs, 'name')
  const url = `https://logging.googleapis.com/v2/projects/${project}/sinks/${name}`
  const resource = `log sink ${name}`
  const found = await answered(api('GET', url))
  if (found === undefined) return { resource, differences: [gone], advice: adviceWhenGone }
  const { destination, filter } = inputs
  const planned = { destination, filter, disabled: false }
  return {
    resource,
    differences: differences('', planned, { disabled: false, ...found }),
    repair: async () => {
      const query = 'uniqueWriterIdentity=true&updateMask=destination,filter,disabled'
      await answered(api('PATCH', `${url}?${query}`, { body: { name, ...planned } }), [])
    },
  }
}
