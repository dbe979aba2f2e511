import { readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildImages } from '../../infra/images/build.ts'
import type { Engine } from '../../test/docker/engine.ts'

/** Bytes of all files below a directory. */
export function bytesIn(directory: string): number {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return files.reduce((sum, file) => sum + statSync(file).size, 0)
}

export interface ImageSizes {
  /** Bytes that the packages of the distribution add, those it had already not counted. */
  readonly packages: number
  /** Bytes of everything else: `/app`, and its compiled code. */
  readonly own: number
}

/** What the agents' image adds to its base, by its layers. */
export async function imageSizes({ docker, baseImage }: Engine): Promise<ImageSizes> {
  const project = { name: 'bench', id: 'bench' }
  const images = [{ key: 'bench' }]
  const built = await buildImages({ docker, images, projectDirectory: tmpdir(), project, baseImage })
  const reference = built.get('bench') ?? ''
  const image = docker.getImage(reference)
  const layers = (await image.history()) as readonly {
    readonly Id: string
    readonly CreatedBy: string
    readonly Size: number
  }[]
  const below = ((await docker.getImage(baseImage).history()) as readonly unknown[]).length
  const ours = layers.slice(0, layers.length - below)
  const packages = ours.filter(({ CreatedBy }) => /apt-get|apk add/.test(CreatedBy))
  const sum = (list: typeof layers) => list.reduce((bytes, { Size }) => bytes + Size, 0)
  await image.remove({ force: true, noprune: true })
  return { packages: sum(packages), own: sum(ours) - sum(packages) }
}
