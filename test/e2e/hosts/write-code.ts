import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { FileTree } from '../../../infra/images/file-tree.ts'

/** Writes the code of a function, as its cloud unpacks it. */
export function writeCode(directory: string, files: FileTree): void {
  for (const [path, content] of files) {
    if (typeof content !== 'string' && !(content instanceof Uint8Array)) throw new Error(`${path} is no plain file`)
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), content)
  }
}
