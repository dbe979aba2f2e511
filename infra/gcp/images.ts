import type { Plan } from '../../core/plan/schema.ts'
import { imageContext } from '../images/context.ts'
import { entriesOf, type FileTree, treeHash } from '../images/file-tree.ts'

/** An image of the plan, as it has to be in the repository. */
export interface ImageToPush {
  /** Key in the plan's images. */
  readonly key: string
  /** `europe-west1-docker.pkg.dev/my-project/agents/base:9f2c…`: equal references mean equal contexts. */
  readonly reference: string
  readonly context: FileTree
}

/**
 * What the images of a plan are called, and made from. Each Dockerfile has a name of its own in the repository, so that what
 * is cleaned up there are old versions of the same. Throws a `ContextError`.
 */
export async function imagesOf(plan: Plan, projectDirectory: string): Promise<readonly ImageToPush[]> {
  return await Promise.all(
    plan.images.map(async (image) => {
      const context = await imageContext(image, projectDirectory)
      const name = image.key.replace(':', '-')
      return { key: image.key, reference: `${plan.repository}/${name}:${treeHash(entriesOf(context))}`, context }
    }),
  )
}
