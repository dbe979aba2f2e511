import type { Plan } from '../../core/plan/schema.ts'
import type { Choice } from '../../infra/images/choose-builder.ts'
import type { PublishProgress } from '../../infra/images/publisher.ts'
import { type ExitCode, exitCodes, UserError } from '../errors.ts'
import type { Ui } from '../ui/ui.ts'

/** What is to build images that are missing; nothing if the project has none. Throws where there is nothing to do it. */
export async function imageBuilder(plan: Plan): Promise<Choice | undefined> {
  if (plan.images.length === 0) return undefined
  const { chooseBuilder } = await import('../../infra/images/choose-builder.ts')
  return await inPlainWords(() => chooseBuilder(plan))
}

export interface ReporterOptions {
  readonly choice: Choice
  /** What builds images in this cloud, for people. */
  readonly cloud: string
  readonly ui: Ui
  readonly signal: AbortSignal
}

/** Says how far images are: what builds them, and then a line for each step of each. */
export function imageReporter({ choice, cloud, ui, signal }: ReporterOptions) {
  const told = new Map<string, string>()
  const by = choice.builder === 'docker' ? 'Docker' : cloud
  const say = (key: string, text: string) => {
    if (told.get(key) === text) return
    if (told.size === 0) ui.emit({ kind: 'note', text: `images are built by ${by}: ${choice.why}` })
    told.set(key, text)
    ui.emit({ kind: 'lines', lines: [[{ text: `image ${key}: `, style: 'dim' }, { text }]] })
  }
  return (key: string, progress: PublishProgress): void => {
    switch (progress.kind) {
      case 'building':
        say(key, progress.step === undefined ? 'building' : `building, step ${progress.step}/${progress.steps}`)
        return
      case 'pushing':
        say(key, `pushing, ${progress.done} of ${progress.layers} layers`)
        return
      case 'remote':
        say(key, progress.line)
        return
      case 'ready':
        if (progress.built) say(key, 'ready')
        return
      case 'failed':
        if (!signal.aborted) say(key, 'failed')
        return
      case 'waiting':
        return
    }
  }
}

/**
 * What `al start` builds on where it cannot pull Node's own image. The tag does not tell the base, and everybody who deploys
 * the same files later would get such an image: it is for an emulator on this machine alone.
 */
export function baseImageFor(
  { AL_BASE_IMAGE: given, AWS_ENDPOINT_URL, AL_GOOGLE_ENDPOINT }: NodeJS.ProcessEnv,
  ui: Pick<Ui, 'emit'>,
): string | undefined {
  if (!given) return undefined
  const endpoint = AL_GOOGLE_ENDPOINT || AWS_ENDPOINT_URL || ''
  if (/^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?\/?$/.test(endpoint)) return given
  ui.emit({ kind: 'note', text: "AL_BASE_IMAGE is not used: images of a deploy are built on Node's own" })
  return undefined
}

/**
 * Gives errors of images their exit code, by their names: what builds images is loaded when images are built. Before there
 * is a `next` step to tell, only this machine has been asked; after that a PublishError is the registry's or the cloud's.
 */
export async function inPlainWords<T>(work: () => Promise<T>, next?: string): Promise<T> {
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
