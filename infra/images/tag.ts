import { createHash } from 'node:crypto'
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
