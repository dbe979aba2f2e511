import type { Plan } from '../../core/plan/schema.ts'
import { bundle } from '../bundles.ts'
import type { FileTree } from '../images/file-tree.ts'
import { planFiles } from '../plan-files.ts'

/**
 * What the gateway's function is built from: its bundle, the plan's files, and a `package.json` that depends on nothing.
 * Google's build adds its Functions Framework to one that does not list it. One agent more or less changes this and that
 * agent's resources, nothing else.
 */
export async function functionCode(plan: Plan): Promise<FileTree> {
  const { decisions, handouts } = planFiles(plan)
  const manifest = { name: 'gateway', private: true, type: 'module', main: 'index.mjs', engines: { node: '24' } }
  return new Map([
    ...(await bundle('functions/gcp/gateway')),
    ...decisions,
    ...handouts,
    ['package.json', `${JSON.stringify(manifest)}\n`] as const,
  ])
}
