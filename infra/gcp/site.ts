import type { Resource } from '@pulumi/pulumi/resource.js'
import type { Plan } from '../../core/plan/schema.ts'

/** What a deploy knows that the plan does not. */
export interface GcpInputs {
  /** Of the Google Cloud project; addresses and Google's own accounts are made from it. */
  readonly projectNumber: string
  /** References of images with tag or digest, by key of the plan's images. */
  readonly images: ReadonlyMap<string, string>
  /** The code of the gateway's function: a directory, and the hash of what is in it. */
  readonly code: { readonly directory: string; readonly hash: string }
  /** The database is there already, kept when the project was destroyed: it is taken over instead of made. */
  readonly keptDatabase?: boolean
  /** Ids of optional secrets that were never stored: nobody can be given a right on what is not there. None by default. */
  readonly absentSecrets?: ReadonlySet<string>
}

/** A plan for Google Cloud in one project and region, with nothing left open. */
export interface Site {
  readonly plan: Plan
  readonly google: NonNullable<Plan['google']>
  readonly inputs: GcpInputs
  /** Id of the Google Cloud project. */
  readonly project: string
  readonly region: string
  /** Base URL, without a slash at the end. It is known before there is a gateway. */
  readonly gatewayUrl: string
  /** What was made so far, by the name that permissions have for it. */
  readonly made: Map<string, Resource>
  /** Replaces what the plan leaves open. */
  fill(text: string): string
  /** The address of a service account of the project. */
  emailOf(account: string): string
}

export function siteOf(plan: Plan, inputs: GcpInputs): Site {
  const { google, names, target } = plan
  if (google === undefined) throw new Error(`the plan is for ${target.provider}, not for Google Cloud`)
  const { account: project = '${project}', region = '${region}' } = target
  return {
    plan,
    google,
    inputs,
    project,
    region,
    gatewayUrl: gatewayUrlOf({ names, region, projectNumber: inputs.projectNumber }),
    made: new Map(),
    fill: (text) => text.replaceAll('${number}', inputs.projectNumber),
    emailOf: (account) => `${account}@${project}.iam.gserviceaccount.com`,
  }
}

/** The address that Cloud Run gives a service of a name, beside one that nobody can foresee. Source: "Deterministic URL". */
const gatewayUrlOf = (place: {
  readonly names: Pick<Plan['names'], 'gateway'>
  readonly region: string
  readonly projectNumber: string
}): string => `https://${place.names.gateway}-${place.projectNumber}.${place.region}.run.app`
