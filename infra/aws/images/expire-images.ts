import type { Plan } from '../../../core/plan/schema.ts'
import type { Account } from '../account.ts'
import { ecrRegistry, type Registry } from './registry.ts'
import { markedHash, markOf, repositoryOf } from './repository.ts'
import { templates } from './stack-templates.ts'

export interface ExpireOptions {
  readonly plan: Plan
  readonly account: Account
  /** What `publishImages` answered; nothing when the project was destroyed. */
  readonly current: ReadonlyMap<string, string>
  /** Images that were pushed or pulled since stay: a change that is taken back needs no build, and a task that starts finds its image. */
  readonly keptDays?: number
}

export interface Expired {
  readonly removed: number
  readonly bytes: number
  /** Why images that could go have stayed. */
  readonly kept?: string
}

export interface ExpireEffects {
  registry(plan: Plan, account: Account): Registry
  /** The templates of all stacks of the account and region; a word when they cannot tell what is in use. */
  templates(account: Account): Promise<AsyncIterable<string> | string>
  now(): number
}

const day = 24 * 3600 * 1000

/**
 * Removes images of this project and environment that nothing uses any more; to be called after a deploy has succeeded.
 * The repository is shared with other projects, and with whatever else is deployed through the CDK. Hence an image goes
 * only if all of this holds:
 * - it carries our mark (`markOf`), so that a deploy of this project has published or used it;
 * - it is not among the current ones, and was pushed and last pulled more than `keptDays` (7) ago;
 * - no other project has marked it: else only our mark is taken off;
 * - no template of any stack in the account and region mentions its hash, and no stack is being changed meanwhile.
 *
 * What cannot be looked up keeps everything where it is.
 */
export async function expireImages(options: ExpireOptions, effects: ExpireEffects = realEffects): Promise<Expired> {
  const { plan, account, current, keptDays = 7 } = options
  const registry = effects.registry(plan, account)
  const inUse = new Set([...current.values()].map((uri) => uri.slice(uri.lastIndexOf(':') + 1)))
  const before = effects.now() - keptDays * day
  const candidates = new Map(
    (await registry.images()).flatMap(({ tags, pushedAt, pulledAt, bytes }) => {
      const hash = tags.flatMap((tag) => markedHash(plan, tag) ?? []).at(0)
      const lastUse = Math.max(pushedAt.getTime(), pulledAt?.getTime() ?? 0)
      if (hash === undefined || inUse.has(hash) || lastUse > before) return []
      return [[hash, { bytes, others: tags.some((tag) => tag !== hash && tag !== markOf(plan, hash)) }]]
    }),
  )
  if (candidates.size === 0) return { removed: 0, bytes: 0 }
  const templates = await effects.templates(account)
  if (typeof templates === 'string') return { removed: 0, bytes: 0, kept: templates }
  for await (const template of templates) {
    for (const hash of candidates.keys()) if (template.includes(hash)) candidates.delete(hash)
  }
  const gone = [...candidates].filter(([, { others }]) => !others)
  // Marks go last: an image without one is never looked at again.
  await registry.removeTags([
    ...gone.map(([hash]) => hash),
    ...[...candidates.keys()].map((hash) => markOf(plan, hash)),
  ])
  return { removed: gone.length, bytes: gone.reduce((sum, [, { bytes }]) => sum + bytes, 0) }
}

const realEffects: ExpireEffects = {
  registry: (plan, account) => ecrRegistry(account, repositoryOf(plan, account)),
  templates,
  now: Date.now,
}
