import { PublishError } from '../../images/publish-error.ts'
import type { RegistryLogin } from '../../images/publisher.ts'
import type { GoogleAccount } from '../account.ts'

/** A repository of Artifact Registry, as its URI names it. */
export interface Repository {
  readonly location: string
  readonly project: string
  readonly id: string
}

/** `europe-west1-docker.pkg.dev/my-project/agents` and what follows. Throws a PublishError for anything else. */
export function repositoryIn(uri: string): Repository {
  const [, location, project, id] = /^([a-z0-9-]+)-docker\.pkg\.dev\/([^/]+)\/([^/:]+)/.exec(uri) ?? []
  if (location === undefined || project === undefined || id === undefined) {
    throw new PublishError(`${uri} is not in an Artifact Registry repository`)
  }
  return { location, project, id }
}

/** References of the images that are not there, as `<repository>/<name>:<tag>`. Throws a `GoogleFailure`. */
export async function missingImages(
  references: readonly string[],
  { api }: Pick<GoogleAccount, 'api'>,
): Promise<Set<string>> {
  const looked = await Promise.all(
    references.map(async (reference) => {
      const { location, project, id } = repositoryIn(reference)
      const [, name = '', tag = ''] = /\/([^/:]+):([^:]+)$/.exec(reference) ?? []
      const path = `projects/${project}/locations/${location}/repositories/${id}/packages/${encodeURIComponent(name)}/tags/${tag}`
      const answer = await api('GET', `https://artifactregistry.googleapis.com/v1/${path}`)
      if (answer.status === 404) return [reference]
      if (answer.status < 300) return []
      throw answer.failure()
    }),
  )
  return new Set(looked.flat())
}

/** What a Docker engine pushes with: an access token, which lives for an hour at most. */
export async function registryLogin(uri: string, { token }: { token(): Promise<string> }): Promise<RegistryLogin> {
  return {
    username: 'oauth2accesstoken',
    password: await token(),
    serveraddress: `https://${uri.slice(0, uri.indexOf('/'))}`,
  }
}
