import type { ImageProgress } from './build-progress.ts'
import type { FileTree } from './file-tree.ts'

/** What a Docker engine is given to push with. */
export interface RegistryLogin {
  readonly username: string
  readonly password: string
  readonly serveraddress: string
}

/** An image that the repository lacks. */
export interface MissingImage {
  readonly key: string
  readonly context: FileTree
  /** The hash of the context, or made of it. */
  readonly tag: string
  /** Where it belongs: `<repository>:<tag>`. */
  readonly reference: string
}

/** How far an image is on its way to the registry. */
export type PublishProgress =
  | ImageProgress
  /** Layers that are there, of those that it has. */
  | { readonly kind: 'pushing'; readonly done: number; readonly layers: number }
  /** A word on what happens elsewhere, such as a phase of a build in the cloud. */
  | { readonly kind: 'remote'; readonly line: string }

/** Builds images and pushes them. */
export interface Publisher {
  /** Images that are made at once. */
  readonly atOnce: number
  /** Whether the first one makes layers that the others then find. */
  readonly sharesLayers: boolean
  /** Throws ImageBuildError, PublishError or the cloud's failure; leaves nothing running behind. */
  publish(image: MissingImage, report: (progress: PublishProgress) => void): Promise<void>
}
