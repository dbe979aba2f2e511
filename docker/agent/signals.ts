import { mkdir, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { largestPayload } from '../../core/scheduler/payload.ts'

/** What the agent has asked for by its commands. */
export interface Signals {
  readonly rerun: boolean
  readonly status?: string
  /** What it returns to its caller; of one that is too long only the size is known. */
  readonly returned?: { readonly value: string } | { readonly tooLong: number }
  /** The exit code it has named, as it is written there. */
  readonly exit?: string
}

/** An empty directory for them: nothing of an earlier run may speak for this one. */
export async function freshSignals(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true, mode: 0o700 })
}

/** Reads them, once, when the session is over. Throws if one is there and cannot be read. */
export async function readSignals(directory: string): Promise<Signals> {
  const [rerun, status, returned, exit] = await Promise.all(
    ['rerun', 'status', 'return', 'exit'].map((name) => readSignal(join(directory, name))),
  )
  return {
    rerun: rerun !== undefined,
    ...(status !== undefined && { status: 'tooLong' in status ? '' : status.value }),
    ...(returned !== undefined && { returned }),
    ...(exit !== undefined && { exit: 'tooLong' in exit ? '' : exit.value }),
  }
}

/** Space around a value is not part of it, and may come on top of what is allowed. */
const room = largestPayload + 4096

/** A signal's text, trimmed. The agent may have written anything there, so a size is looked at before it is read. */
async function readSignal(file: string): Promise<Signals['returned']> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (info === undefined) return undefined
  if (!info.isFile()) throw new Error(`${file} is not a file; signals are files that the al- commands write`)
  if (info.size > room) return { tooLong: info.size }
  await using handle = await open(file)
  const value = (await handle.readFile('utf8')).trim()
  const bytes = Buffer.byteLength(value)
  return bytes > largestPayload ? { tooLong: bytes } : { value }
}
