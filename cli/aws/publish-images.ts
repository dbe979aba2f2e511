import { formatCount } from '../../core/format.ts'
import type { Plan } from '../../core/plan/schema.ts'
import type { Account } from '../../infra/aws/account.ts'
import type { Choice } from '../../infra/images/choose-builder.ts'
import { baseImageFor, imageReporter, inPlainWords } from '../deploy/building-images.ts'
import type { Ui } from '../ui/ui.ts'

export interface PublishingOptions {
  readonly plan: Plan
  readonly account: Account
  /** The project's directory. */
  readonly directory: string
  readonly builder: Choice
  /** The tags that the agents' stacks name. */
  readonly named: ReadonlySet<string>
  readonly ui: Ui
  readonly signal: AbortSignal
}

/** Where each image is, by key. */
export type Published = ReadonlyMap<string, string>

/** Brings the images that the agents' stacks name into the registry: those that are missing there, and no others. */
export async function publishProjectImages(options: PublishingOptions): Promise<Published> {
  const { plan, account, directory, builder, named, ui, signal } = options
  const [{ publishImages }, { lambdaPullWarning }] = await Promise.all([
    import('../../infra/aws/images/publish-images.ts'),
    import('../../infra/aws/images/lambda-pulls.ts'),
  ])
  const warning = await lambdaPullWarning(plan, account)
  if (warning !== undefined) ui.emit({ kind: 'warning', text: warning })
  const baseImage = baseImageFor(process.env, ui)
  const onProgress = imageReporter({ choice: builder, cloud: 'CodeBuild', ui, signal })
  const next = 'agents are as they were; fix the cause, and `al deploy` goes on from there'
  return await inPlainWords(
    () =>
      publishImages({
        plan,
        directory,
        account,
        builder: builder.builder,
        named,
        signal,
        ...(baseImage !== undefined && { baseImage }),
        onProgress,
      }),
    next,
  )
}

/**
 * Removes images that no deploy of this project uses any more; after the last of it, `keptDays` is 0. It is done when it can be,
 * and nothing depends on it.
 */
export async function removeOldImages(
  plan: Plan,
  account: Account,
  current: Published,
  ui: Ui,
  keptDays?: number,
): Promise<void> {
  const { expireImages } = await import('../../infra/aws/images/expire-images.ts')
  try {
    const { removed, kept } = await expireImages({
      plan,
      account,
      current,
      ...(keptDays !== undefined && { keptDays }),
    })
    if (removed > 0)
      ui.emit({ kind: 'note', text: `removed ${formatCount(removed, 'image')} that nothing uses any more` })
    if (kept !== undefined) ui.emit({ kind: 'note', text: `old images are kept: ${kept}` })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    ui.emit({ kind: 'warning', text: `old images could not be removed (${why}); the next deploy tries again` })
  }
}
