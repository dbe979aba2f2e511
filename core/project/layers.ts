import { check } from './check.ts'
import type { ProjectFiles } from './files.ts'
import type { KeyPath, Location, Problem } from './problem.ts'
import { quote } from './quote.ts'
import { isTable, salvage } from './salvage.ts'
import { type Config, configSchema, environmentSchema, overlaySchema } from './schema/config.ts'
import { namePattern, nameRule } from './schema/fields.ts'
import { scanForSecrets } from './secrets-in-files.ts'
import { type Document, readDocument } from './toml.ts'

/** The configuration of a project after its layers are merged. */
export interface MergedConfig {
  readonly config: Config
  readonly environment: string
  locate(path: KeyPath): Location
  /** The document a key of the merged configuration came from, for further checks. */
  documentOf(path: KeyPath): Document
  /** The place of that document among the layers: the higher one wins. */
  layerOf(path: KeyPath): number
}

const base = 'config.toml'

/**
 * Reads `config.toml`, `.env.toml` and the environment's file, in that order, later ones winning. Tables are merged,
 * lists replaced. `environment` is what the user asked for (`-E`, else AL_ENV); else `.env.toml` may name one.
 * Returns nothing when a layer cannot be read: what depends on it could not be judged.
 */
export function readLayers(
  files: ProjectFiles,
  environment: string | undefined,
  problems: Problem[],
): MergedConfig | undefined {
  const layers: { document: Document; config: Config }[] = []
  const before = problems.length

  const add = (document: Document | undefined, schema: typeof configSchema): Config | undefined => {
    if (document === undefined) return undefined
    const config = check(schema, document.data, document, [], problems) ?? (salvage(schema, document.data) as Config)
    scanForSecrets(document, problems)
    layers.push({ document, config })
    return config
  }

  add(readDocument(files, base, problems), configSchema)
  const overlay = readDocument(files, '.env.toml', problems)
  const selected = environmentOf(add(overlay, overlaySchema))
  const named = environment ?? selected
  if (named !== undefined) {
    if (!namePattern.test(named)) {
      problems.push({
        ...(environment === undefined ? { file: '.env.toml', key: 'environment' } : { file: 'environments' }),
        message: `environment ${quote(named)} is not a name: ${nameRule}`,
      })
      return undefined
    }
    const places = [`environments/${named}.toml`, `~/.action-llama/environments/${named}.toml`]
    const found = places.map((place) => readDocument(files, place, problems))
    for (const document of found) add(document, environmentSchema)
    if (found.every((document) => document === undefined) && problems.every(({ file }) => !places.includes(file))) {
      problems.push({
        file: places[0] as string,
        message: `environment "${named}" is not defined, here or in ${places[1]}; \`al env init ${named}\` makes it`,
      })
    }
  }
  const unreadable = problems.slice(before).some(({ key }) => key === undefined)
  if (unreadable) return undefined

  const documents = layers.map(({ document }) => document)
  const documentOf = (path: KeyPath): Document => {
    // The last layer that sets this key, else the table around it.
    for (let n = path.length; n > 0; n--) {
      const found = documents.findLast((document) => has(document.data, path.slice(0, n)))
      if (found !== undefined) return found
    }
    return documents[0] ?? { file: base, data: {}, locate: () => ({ file: base }) }
  }
  return {
    config: layers.reduce<Config>((merged, { config }) => merge(merged, config) as Config, {}),
    environment: named ?? 'default',
    locate: (path) => documentOf(path).locate(path),
    documentOf,
    layerOf: (path) => documents.indexOf(documentOf(path)),
  }
}

const environmentOf = (config: Config | undefined): string | undefined =>
  (config as { environment?: string } | undefined)?.environment

function merge(under: unknown, over: unknown): unknown {
  if (over === undefined) return under
  if (!isTable(under) || !isTable(over)) return over
  const merged: Record<string, unknown> = { ...under }
  for (const [key, value] of Object.entries(over)) merged[key] = merge(under[key], value)
  return merged
}

function has(data: unknown, path: KeyPath): boolean {
  let inner = data
  for (const part of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, part)) return false
    inner = (inner as Record<string | number, unknown>)[part]
  }
  return true
}
