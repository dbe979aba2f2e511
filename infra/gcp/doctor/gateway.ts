import { differences, isRecord } from '../../doctor/differences.ts'
import type { Difference } from '../../doctor/finding.ts'
import { answered } from '../google-api.ts'
import { adviceWhenGone, gone, type Inspector, textOf } from './inspector.ts'
import { variableDifferences } from './job.ts'

type Json = Readonly<Record<string, unknown>>

/** What Google's own build and service add to a function's variables. Source: "Environment variables set automatically". */
const ofPlatform = /^(?:LOG_EXECUTION_ID|FUNCTION_TARGET|FUNCTION_SIGNATURE_TYPE|GOOGLE_\w+|K_\w+|PORT)$/

/**
 * What the gateway's service runs as, and with which variables. It is put back by a deploy alone: the function it belongs to
 * makes a new revision of it with code that is built anew.
 */
export const inspectGateway: Inspector = async ({ inputs = {} }, { api, project, region }) => {
  const name = textOf(inputs, 'name')
  const url = `https://run.googleapis.com/v2/projects/${project}/locations/${region}/services/${name}`
  const resource = `gateway ${name}`
  const found = await answered(api('GET', url))
  if (found === undefined) {
    const functions = `https://cloudfunctions.googleapis.com/v2/projects/${project}/locations/${region}/functions`
    const isFunction = (await api('GET', `${functions}/${name}`)).status < 300
    const alone = `${adviceWhenGone} once the function that it belongs to is gone as well: gcloud functions delete ${name} --gen2 --region ${region} --project ${project}`
    return { resource, differences: [gone], advice: isFunction ? alone : adviceWhenGone }
  }
  const planned = isRecord(inputs.serviceConfig) ? inputs.serviceConfig : {}
  const template = isRecord(found.template) ? found.template : {}
  const [container] = (Array.isArray(template.containers) ? template.containers : []) as Json[]
  const lines: Difference[] = [
    ...differences('service account', planned.serviceAccountEmail, template.serviceAccount),
    ...variableDifferences(
      Object.entries(isRecord(planned.environmentVariables) ? planned.environmentVariables : {})
        .filter(([one]) => one !== '__defaults')
        .map(([one, value]) => ({ name: one, value: String(value) })),
      ((container?.env ?? []) as { readonly name: string }[]).filter((one) => !ofPlatform.test(one.name)),
    ),
    ...(found.ingress === undefined || found.ingress === 'INGRESS_TRAFFIC_ALL'
      ? []
      : [{ what: 'ingress', expected: 'from everywhere', found: String(found.ingress) }]),
  ]
  if (lines.length === 0) return { resource, differences: [] }
  return { resource, differences: lines, advice: adviceWhenChanged }
}

const adviceWhenChanged =
  'take the change back in the console (Cloud Run, its service, "Edit and deploy new revision"); a deploy that changes the project does it, too'
