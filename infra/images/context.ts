import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { composeDockerfile } from '../../core/image/compose.ts'
import type { PlannedImage } from '../../core/plan/schema.ts'
import { secretIn } from '../../core/project/secrets.ts'
import { dockerFile } from '../bundles.ts'
import { agentFiles } from './agent-files.ts'
import { leavingOut } from './docker-ignore.ts'
import type { FileContent, FileTree } from './file-tree.ts'

/** What the gateway hands out at claim: new instructions must not mean a new image. */
const handedOut = ['agent-config.toml', 'ACTIONS.md', 'test-script.sh']

/** What is made on the spot. */
const made = ['.git', 'node_modules', '.terraform']

/** Files that tools keep credentials in: a password in there has no look of its own that it could be recognised by. */
const credentialFiles = [
  ...['.env', '.env.*', '.envrc', '.htpasswd', '.my.cnf', '.pgpass', '.netrc', '_netrc', '.git-credentials'],
  ...['.npmrc', '.yarnrc', '.yarnrc.yml', '.pypirc', '.terraformrc', '*.tfstate', '*.tfstate.*', '.vault-token'],
  ...['.aws', '.azure', '.config/gcloud', '.kube', '.docker', '.dockercfg', '.config/gh', '.config/hub'],
  ...['.ssh', '.gnupg', 'id_rsa', 'id_dsa', 'id_ecdsa', 'id_ed25519', '*.p12', '*.pfx', '*.jks', '*.keystore'],
]

/** No part of an image, unless the agent's `.dockerignore` takes it back in (`!.npmrc`). */
const leftOut = [...handedOut, ...[...made, ...credentialFiles].map((name) => `**/${name}`)]

/** Largest file that is searched for secrets, in bytes; keys and tokens are not written into larger ones. */
const searched = 1024 * 1024

/** Everything an image is built from: one Dockerfile, our own files, and the agent's directory if it has a Dockerfile. */
export async function imageContext(image: PlannedImage, projectDirectory: string): Promise<FileTree> {
  const base = await dockerFile('image/Dockerfile')
  const own = [...(await agentFiles())].map(([path, content]) => [`.al-agent/${path}`, content] as const)
  const tree = new Map<string, FileContent>([...own, ['Dockerfile', composeDockerfile({ base, ...image })]])
  if (image.context !== undefined) addDirectory(tree, resolve(projectDirectory, image.context), image.context)
  return tree
}

function addDirectory(tree: Map<string, FileContent>, root: string, shown: string): void {
  const ignoreFile = join(root, '.dockerignore')
  const patterns = readIfThere(ignoreFile)?.split(/\r?\n/) ?? []
  const ignore = leavingOut([...leftOut, ...patterns, 'Dockerfile', '.dockerignore', '.al-agent'])
  const base = realpathSync(root)
  const walk = (directory: string) => {
    for (const name of readdirSync(directory)) {
      const path = join(directory, name)
      const key = relative(root, path).split(sep).join('/')
      const stats = lstatSync(path)
      if (stats.isSymbolicLink()) {
        if (ignore.file(key)) continue
        tree.set(key, { target: insideLink(path, base, `${shown}/${key}`) })
      } else if (stats.isDirectory()) {
        if (!ignore.directory(key)) walk(path)
      } else if (stats.isFile() && !ignore.file(key)) {
        const content = readFileSync(path)
        const what = content.length <= searched ? secretIn(content.toString('latin1')) : undefined
        if (what !== undefined) {
          throw new ContextError(
            `${shown}/${key} holds ${what} and would become a part of the agent's image; store it as a credential, or exclude the file in ${shown}/.dockerignore`,
          )
        }
        tree.set(key, (stats.mode & 0o100) === 0 ? content : { script: content })
      }
    }
  }
  walk(root)
}

/**
 * Links are kept as links, and only those that end inside: another machine has nothing else to follow them to. They are
 * written from where they are to where they end, without what lies between: it may be outside.
 */
function insideLink(path: string, root: string, shown: string): string {
  try {
    const real = realpathSync(path)
    if (real === root || real.startsWith(root + sep))
      return (
        relative(realpathSync(dirname(path)), real)
          .split(sep)
          .join('/') || '.'
      )
  } catch {
    throw new ContextError(`${shown} is a link that leads nowhere (to nothing, or to itself)`)
  }
  throw new ContextError(`${shown} is a link out of the agent's directory; copy what it needs into it`)
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Something in an agent's directory cannot become a part of its image. */
export class ContextError extends Error {
  override readonly name = 'ContextError'
}
