import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Plan } from '../../../core/plan/schema.ts'
import { synthesize } from '../synth.ts'
import type { Template } from './template.ts'

/** A cloud assembly on disk, for as long as it is needed. */
export interface Assembly {
  readonly directory: string
  /** By name of the stack. */
  readonly templates: ReadonlyMap<string, Template>
  /** The tags of the images that its stacks name. */
  readonly imageTags: ReadonlySet<string>
  /** Where the bootstrap stack says which version it is, and the oldest that will do. */
  readonly bootstrap: { readonly parameter: string; readonly version: number }
  remove(): void
}

/** Compiles a plan into a directory of its own, so that deploys of several environments do not meet. */
export async function temporaryAssembly(plan: Plan, projectDirectory: string): Promise<Assembly> {
  const parent = mkdtempSync(join(tmpdir(), 'al-deploy-'))
  const remove = () => rmSync(parent, { recursive: true, force: true })
  const directory = join(parent, 'cdk.out')
  try {
    await synthesize(plan, projectDirectory, directory)
    return {
      directory,
      templates: templatesIn(directory),
      imageTags: imageTagsIn(directory),
      bootstrap: bootstrapOf(directory),
      remove,
    }
  } catch (error) {
    remove()
    throw error
  }
}

const suffix = '.template.json'

const json = (directory: string, file: string): unknown => JSON.parse(readFileSync(join(directory, file), 'utf8'))

function templatesIn(directory: string): ReadonlyMap<string, Template> {
  const files = readdirSync(directory).filter((name) => name.endsWith(suffix))
  return new Map(
    files.sort().map((file) => [file.slice(0, -suffix.length), json(directory, file) as Template] as const),
  )
}

interface AssetManifest {
  readonly dockerImages?: Readonly<
    Record<string, { readonly destinations: Readonly<Record<string, { readonly imageTag: string }>> }>
  >
}

function imageTagsIn(directory: string): ReadonlySet<string> {
  const files = readdirSync(directory).filter((name) => name.endsWith('.assets.json'))
  const images = files.flatMap((file) => Object.values((json(directory, file) as AssetManifest).dockerImages ?? {}))
  return new Set(images.flatMap(({ destinations }) => Object.values(destinations).map(({ imageTag }) => imageTag)))
}

interface Artifact {
  readonly properties?: {
    readonly requiresBootstrapStackVersion?: number
    readonly bootstrapStackVersionSsmParameter?: string
  }
}

function bootstrapOf(directory: string): Assembly['bootstrap'] {
  const { artifacts } = json(directory, 'manifest.json') as { readonly artifacts: Readonly<Record<string, Artifact>> }
  const wanted = Object.values(artifacts).map(({ properties }) => properties)
  return {
    parameter:
      wanted.find((one) => one?.bootstrapStackVersionSsmParameter !== undefined)?.bootstrapStackVersionSsmParameter ??
      '/cdk-bootstrap/hnb659fds/version',
    version: Math.max(0, ...wanted.map((one) => one?.requiresBootstrapStackVersion ?? 0)),
  }
}
