import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { commandNames, commandScript } from '../../core/image/commands.ts'
import { bundle } from '../bundles.ts'
import { entriesOf, type FileContent, type FileTree, modeOf, treeHash } from './file-tree.ts'

let made: Promise<FileTree> | undefined

/**
 * What is in `/app` of every image: the entry, and the commands that agents type, each under its name. Made once: in a
 * checkout that is a second or two of bundling, and a project has many images.
 */
export function agentFiles(): Promise<FileTree> {
  made ??= makeAgentFiles()
  made.catch(() => {
    made = undefined
  })
  return made
}

async function makeAgentFiles(): Promise<FileTree> {
  const bundles = await Promise.all([bundle('docker/agent'), bundle('docker/commands')])
  return new Map<string, FileContent>([
    ...bundles.flatMap((files) => [...files]),
    ...commandNames.map((name) => [`bin/${name}`, { script: Buffer.from(commandScript(name)) }] as const),
  ])
}

/**
 * Puts the same files on this machine, for agents that run without a container, and answers their directory. It is named
 * by its content, so that an agent that runs keeps the files it was started with.
 */
export async function installAgentFiles(parent: string): Promise<string> {
  const entries = entriesOf(await agentFiles())
  const directory = join(parent, `app-${treeHash(entries).slice(0, 16)}`)
  const unfinished = `${directory}.${process.pid}`
  try {
    for (const entry of entries) {
      const path = join(unfinished, entry.path)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, entry.bytes)
      await chmod(path, modeOf(entry))
    }
    await rename(unfinished, directory)
  } catch (error) {
    // Whoever was there first has written the same.
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  return directory
}
