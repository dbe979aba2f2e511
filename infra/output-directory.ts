import {
  chmodSync,
  type Dirent,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

export interface OutputKind {
  /** For messages: `a cloud assembly`. */
  readonly name: string
  readonly isPart: (entry: Dirent) => boolean
}

/**
 * Replaces a directory as a whole by what `fill` puts into an empty one, once that is done. A directory that holds anything
 * but output of this kind may be somebody's work, and is left alone.
 */
export async function replaceOutput(
  outdir: string,
  kind: OutputKind,
  fill: (draft: string) => void | Promise<void>,
): Promise<void> {
  const target = resolve(outdir)
  checkReplaceable(target, kind)
  mkdirSync(dirname(target), { recursive: true })
  const draft = mkdtempSync(join(dirname(target), `.${basename(target)}-`))
  try {
    await fill(draft)
    chmodSync(draft, 0o755)
    rmSync(target, { recursive: true, force: true })
    renameSync(draft, target)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

function checkReplaceable(target: string, { name, isPart }: OutputKind): void {
  if (!existsSync(target)) return
  if (!statSync(target).isDirectory()) throw new OutputError(`${target} is no directory`)
  const foreign = readdirSync(target, { withFileTypes: true }).find((entry) => !isPart(entry))
  if (foreign === undefined) return
  throw new OutputError(
    `${target} holds "${foreign.name}", which is no part of ${name}; name an empty or a new directory with -o`,
  )
}

/** The output cannot be written where it should be, or would not be accepted. */
export class OutputError extends Error {
  override readonly name = 'OutputError'
}
