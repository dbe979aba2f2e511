import { differences, isRecord } from '../../doctor/differences.ts'
import { answered } from '../google-api.ts'
import { gone, type Inspector, textOf } from './inspector.ts'

const fields = ['schedule', 'timeZone', 'attemptDeadline', 'retryConfig', 'httpTarget', 'description'] as const

/** When a job of Cloud Scheduler fires, whether it does, and whom it calls as whom. */
export const inspectClockJob: Inspector = async ({ inputs = {} }, { api, project, region }) => {
  const name = textOf(inputs, 'name')
  const parent = `projects/${project}/locations/${region}/jobs`
  const url = `https://cloudscheduler.googleapis.com/v1/${parent}/${name}`
  const planned = Object.fromEntries(
    fields.flatMap((key) => (inputs[key] === undefined ? [] : [[key, plain(inputs[key])]])),
  )
  const resource = `scheduler job ${name}`
  const found = await answered(api('GET', url))
  if (found === undefined) {
    const body = { ...planned, name: `${parent}/${name}` }
    const create = url.slice(0, url.lastIndexOf('/'))
    return {
      resource,
      differences: [gone],
      repair: async () => {
        // Made twice, it is there: 409.
        await answered(api('POST', create, { body, repeatable: true }), [409])
      },
    }
  }
  const { description: _, ...compared } = planned
  const changed = differences('', compared, plain(found))
  const paused = found.state === 'PAUSED' || found.state === 'DISABLED'
  return {
    resource,
    differences: [...changed, ...(paused ? [{ what: 'state', expected: 'enabled', found: 'paused' }] : [])],
    repair: async () => {
      if (changed.length > 0) {
        await answered(api('PATCH', `${url}?updateMask=${Object.keys(planned).join(',')}`, { body: planned }), [])
      }
      if (paused) await answered(api('POST', `${url}:resume`, { body: {}, repeatable: true }), [])
    },
  }
}

/** Without what the provider fills in by itself, and durations as the API writes them. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/^(\d+)\.0+s$/, '$1s')
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '__defaults')
      .map(([key, one]) => [key, plain(one)]),
  )
}
