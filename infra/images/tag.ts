import { createHash } from 'node:crypto'
import type { Plan } from '../../core/plan/schema.ts'
import { entriesOf, type FileTree, treeHash } from './file-tree.ts'

/**
 * The tag of an image: 20 hex digits over everything it is built from. Equal tags mean equal files, Dockerfile and base
 * image by name, on any machine; what a base image's name stands for may change without it.
 */
export const imageTag = (context: FileTree, baseImage: string | undefined): string =>
  createHash('sha256')
    .update(treeHash(entriesOf(context)))
    .update(`\0${baseImage ?? ''}`)
    .digest('hex')
    .slice(0, 20)

/**
 * The tag in a registry, by the hash of the context: 64 hex digits. The registry is shared by environments, and one file
 * builds for either processor: each has a tag of its own, or the second one would find an image that it cannot run.
 */
export const registryTag = (contextHash: string, architecture: Plan['target']['architecture']): string =>
  architecture === 'x86_64' ? contextHash : createHash('sha256').update(`${contextHash}\0${architecture}`).digest('hex')
