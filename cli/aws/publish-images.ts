import type { Plan } from '../../core/plan/schema.ts'
import type { Account } from '../../infra/aws/account.ts'
import type { Choice } from '../../infra/aws/images/choose-builder.ts'
import { type ExitCode, exitCodes, UserError } from '../errors.ts'
import { formatCount } from '../ui/format.ts'
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

/** What is to build images that are missing; nothing if the project has none. Throws where there is nothing to do it. */
export async function imageBuilder(plan: Plan): Promise<Choice | undefined> {
  if (plan.images.length === 0) return undefined
  const { chooseBuilder } = await import('../../infra/aws/images/choose-builder.ts')
  return await inPlainWords(() => chooseBuilder(plan))
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
  const told = new Map<string, string>()
  let isSaid = false
  const say = (key: string, text: string) => {
    if (told.get(key) === text) return
    told.set(key, text)
    if (!isSaid) ui.emit({ kind: 'note', text: `images are built by ${names[builder.builder]}: ${builder.why}` })
    isSaid = true
    ui.emit({ kind: 'lines', lines: [[{ text: `image ${key}: `, style: 'dim' }, { text }]] })
  }
  const next = 'agents are as they were; mend the cause, and `al deploy` goes on from there'
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
        onProgress(key, progress) {
          switch (progress.kind) {
            case 'building':
              return say(
                key,
                progress.step === undefined ? 'building' : `building, step ${progress.step}/${progress.steps}`,
              )
            case 'pushing':
              return say(key, `pushing, ${progress.done} of ${progress.layers} layers`)
            case 'remote':
              return say(key, progress.line)
            case 'ready':
              return progress.built ? say(key, 'ready') : undefined
            case 'failed':
              return signal.aborted ? undefined : say(key, 'failed')
            case 'waiting':
              return
          }
        },
      }),
    next,
  )
}

/**
 * What `al start` builds on where it cannot pull Node's own image. The tag does not tell the base, and everybody who deploys
 * the same files later would get such an image: it is for an emulator on this machine alone.
 */
export function baseImageFor(
  { AL_BASE_IMAGE: given, AWS_ENDPOINT_URL: endpoint = '' }: NodeJS.ProcessEnv,
  ui: Pick<Ui, 'emit'>,
): string | undefined {
  if (!given) return undefined
  if (/^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?\/?$/.test(endpoint)) return given
  ui.emit({ kind: 'note', text: "AL_BASE_IMAGE is not used: images of a deploy are built on Node's own" })
  return undefined
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

const names: Readonly<Record<Choice['builder'], string>> = { docker: 'Docker', codebuild: 'CodeBuild' }

/**
 * Gives errors of images their exit code, by their names: what builds images is loaded when images are built. Before there
 * is a `next` step to tell, only this machine has been asked; after that a PublishError is the registry's or CodeBuild's.
 */
async function inPlainWords<T>(work: () => Promise<T>, next?: string): Promise<T> {
  const codes: Readonly<Record<string, ExitCode>> = {
    ContextError: exitCodes.configuration,
    ImageBuildError: exitCodes.failure,
    PublishError: next === undefined ? exitCodes.failure : exitCodes.cloud,
  }
  try {
    return await work()
  } catch (error) {
    const code = error instanceof Error ? codes[error.name] : undefined
    if (code === undefined || !(error instanceof Error)) throw error
    throw new UserError(next === undefined ? error.message : `${error.message}\n  ${next}`, code)
  }
}
