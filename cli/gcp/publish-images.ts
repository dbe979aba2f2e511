import type { Plan } from '../../core/plan/schema.ts'
import type { GoogleAccount } from '../../infra/gcp/account.ts'
import type { ImageToPush } from '../../infra/gcp/images.ts'
import type { Choice } from '../../infra/images/choose-builder.ts'
import { baseImageFor, imageReporter, inPlainWords } from '../deploy/building-images.ts'
import type { Ui } from '../ui/ui.ts'

export interface PublishingOptions {
  readonly plan: Plan
  readonly account: GoogleAccount
  readonly images: readonly ImageToPush[]
  readonly builder: Choice
  readonly ui: Ui
  readonly signal: AbortSignal
}

/** Brings the images that the agents' jobs name into the registry: those that are missing there, and no others. */
export async function publishProjectImages({ plan, account, images, builder, ui, signal }: PublishingOptions) {
  const { publishImages } = await import('../../infra/gcp/images/publish-images.ts')
  const baseImage = baseImageFor(process.env, ui)
  const onProgress = imageReporter({ choice: builder, cloud: 'Cloud Build', ui, signal })
  const next = 'agents are as they were; fix the cause, and `al deploy` goes on from there'
  await inPlainWords(
    () =>
      publishImages({
        plan,
        account,
        images,
        builder: builder.builder,
        onProgress,
        signal,
        ...(baseImage !== undefined && { baseImage }),
      }),
    next,
  )
}
