import type { CloudRunCloud } from '../../project/schema/cloud.ts'
import { type GcpPlace, inProject } from './gcp-permissions.ts'

/** Where images are kept: those of agents, and the one that Google makes of the gateway's function. */
export interface Registry {
  /** `europe-west1-docker.pkg.dev/my-project/agents`. */
  readonly uri: string
  /** The id of the repository that is made; absent where all use the given one. */
  readonly made?: string
  /** Of the function's image, as the API names a repository. */
  readonly ofFunction: string
  /** As the API names them. */
  readonly all: readonly string[]
  readonly warnings: readonly string[]
}

/** A function takes a repository of its own project and region only, so beside one elsewhere there is one for it alone. */
export function registryOf(id: string, cloud: CloudRunCloud | undefined, place: GcpPlace): Registry {
  const made = { location: place.region, project: place.project, id }
  const given = parse(cloud?.artifactRegistry)
  const images = given ?? made
  const atHand = images.location === place.region && images.project === place.project
  const ofFunction = atHand ? images : made
  return {
    uri: `${images.location}-docker.pkg.dev/${images.project}/${images.id}`,
    ...(ofFunction === made && { made: id }),
    ofFunction: named(ofFunction),
    all: [...new Set([images, ofFunction])].map(named),
    warnings:
      given === undefined || given.project === place.project
        ? []
        : [
            `cloud.artifactRegistry is in another project: grant roles/artifactregistry.reader there to service-NUMBER@serverless-robot-prod.iam.gserviceaccount.com (NUMBER is that of ${place.project}), or no job can start`,
          ],
  }
}

interface Repository {
  readonly location: string
  readonly project: string
  readonly id: string
}

const named = ({ location, project, id }: Repository): string =>
  inProject({ project }, `locations/${location}/repositories/${id}`)

function parse(uri: string | undefined): Repository | undefined {
  const [, location, project, id] = /^([a-z0-9-]+)-docker\.pkg\.dev\/([^/]+)\/([^/]+)$/.exec(uri ?? '') ?? []
  return location === undefined || project === undefined || id === undefined ? undefined : { location, project, id }
}
