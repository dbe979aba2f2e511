import type Dockerode from 'dockerode'

interface ProjectName {
  readonly name: string
  readonly id: string
}

/** Two projects of one name on the same engine must not take away each other's images: the id is in the name. */
export const repositoryOf = ({ name, id }: ProjectName, key: string): string =>
  `al-${sane(name)}-${id.slice(0, 8)}-${sane(key)}`

export const labels = ({ id }: ProjectName, key: string): Record<string, string> => ({
  'al.project': id,
  'al.image': key,
})

/** Names of repositories are lower case, and have single separators. */
const sane = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '') || 'x'

/** The one in use, and the one before: a change that is taken back needs no build. */
const kept = 2

/**
 * Removes this project's images that are neither current nor the ones before. What a container still uses stays, and is
 * looked at the next time.
 */
export async function removeOldImages(
  docker: Dockerode,
  project: ProjectName,
  current: ReadonlyMap<string, string>,
): Promise<void> {
  const images = await docker.listImages({ filters: { label: [`al.project=${project.id}`] } })
  const byRepository = new Map<string, string[]>()
  for (const { RepoTags } of images.sort((a, b) => b.Created - a.Created)) {
    for (const reference of RepoTags ?? []) {
      const repository = reference.slice(0, reference.lastIndexOf(':'))
      if (repository !== '<none>') byRepository.set(repository, [...(byRepository.get(repository) ?? []), reference])
    }
  }
  const inUse = new Set(current.values())
  for (const references of byRepository.values()) {
    const used = references.filter((reference) => inUse.has(reference))
    const others = references.filter((reference) => !inUse.has(reference))
    for (const reference of others.slice(used.length === 0 ? 0 : kept - used.length)) {
      await docker
        .getImage(reference)
        .remove()
        .catch((error: { statusCode?: number }) => {
          if (error.statusCode !== 404 && error.statusCode !== 409) throw error
        })
    }
  }
}
