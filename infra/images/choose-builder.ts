import { setTimeout as sleep } from 'node:timers/promises'
import Dockerode from 'dockerode'
import type { Plan } from '../../core/plan/schema.ts'
import { PublishError } from './publish-error.ts'

/** What builds images for a deploy. */
export type Builder = 'docker' | 'cloud'

export interface Choice {
  readonly builder: Builder
  /** For people: `Docker answers`. */
  readonly why: string
}

/** How long an engine has to answer, in milliseconds: one that hangs is none. */
const patience = 2000

/**
 * Chooses what `[cloud] build` says; `auto` means Docker where it answers and builds for the processor the agents run on,
 * else what the cloud has for it. Throws a PublishError when Docker was asked for and does not answer.
 */
export async function chooseBuilder(
  { target }: Pick<Plan, 'target'>,
  architecture: () => Promise<string> = engineArchitecture,
): Promise<Choice> {
  if (target.build === 'codebuild') return { builder: 'cloud', why: 'build = "codebuild"' }
  const engine = await architecture().catch((error: NodeJS.ErrnoException) => new Error(error.code ?? error.message))
  if (engine instanceof Error) {
    if (target.build === 'auto') return { builder: 'cloud', why: `Docker does not answer (${engine.message})` }
    throw new PublishError(
      `Docker does not answer (${engine.message}), and build = "docker": start it, or set build = "codebuild" in [cloud]`,
    )
  }
  if (target.build === 'docker') return { builder: 'docker', why: 'build = "docker"' }
  const wanted = target.architecture === 'arm64' ? 'arm64' : 'amd64'
  return engine === wanted
    ? { builder: 'docker', why: 'Docker answers' }
    : { builder: 'cloud', why: `Docker here is for ${engine}, and agents run on ${wanted}` }
}

async function engineArchitecture(): Promise<string> {
  const done = new AbortController()
  try {
    return await Promise.race([
      new Dockerode().version().then(({ Arch }) => Arch),
      sleep(patience, undefined, { signal: done.signal }).then(() => {
        throw new Error(`nothing within ${patience / 1000} s`)
      }),
    ])
  } finally {
    done.abort()
  }
}
