import { check, problemAt } from './check.ts'
import type { MergedConfig } from './layers.ts'
import { nearest } from './nearest.ts'
import type { Problem } from './problem.ts'
import { quote } from './quote.ts'
import { type Cloud, type CloudProvider, clouds } from './schema/cloud.ts'

/** Checks the merged `[cloud]` table: its provider first, then the keys that provider has and needs. */
export function checkCloud(merged: MergedConfig, problems: Problem[]): Cloud | undefined {
  const table = merged.config.cloud
  if (table === undefined) return undefined
  const supported = Object.keys(clouds)
  const document = merged.documentOf(['cloud'])
  const provider = table.provider
  if (typeof provider !== 'string' || !Object.hasOwn(clouds, provider)) {
    const place = merged.documentOf(['cloud', 'provider'])
    const got = provider === undefined ? 'missing' : `unknown provider ${quote(provider)}`
    const hint = typeof provider === 'string' ? nearest(provider, supported) : ''
    const server = provider === 'vps' ? '; servers of your own are no serverless target' : ''
    problems.push(problemAt(place, ['cloud', 'provider'], `${got}${hint}; supported: ${supported.join(', ')}${server}`))
    return undefined
  }
  const other = Object.entries(clouds).find(([name]) => name !== provider)
  const schema = clouds[provider as CloudProvider]
  const own: Record<string, unknown> = {}
  let foreign = false
  for (const [key, value] of Object.entries(table)) {
    if (other !== undefined && !Object.hasOwn(schema.shape, key) && Object.hasOwn(other[1].shape, key)) {
      const place = merged.documentOf(['cloud', key])
      // An environment may be in the other cloud; what the layers below it say of theirs does not concern it.
      if (merged.layerOf(['cloud', key]) < merged.layerOf(['cloud', 'provider'])) continue
      problems.push(problemAt(place, ['cloud', key], `is a key of provider "${other[0]}", not of "${provider}"`))
      foreign = true
    } else own[key] = value
  }
  // Each key is located in the layer that wrote it; a missing one where the table begins.
  const located = { ...document, locate: (path: readonly (string | number)[]) => merged.locate(path) }
  const cloud = check(schema, own, located, ['cloud'], problems) as Cloud | undefined
  return foreign ? undefined : cloud
}
