import type { Environment } from './places.ts'

/** Milliseconds; the address is one of the machine itself. */
const patience = 2000

/**
 * What the platform calls this container: by this name it reports its end and is asked to stop it. Nothing where the
 * platform does not say. Throws when it could not be asked.
 */
export async function containerId(env: Environment): Promise<string | undefined> {
  if (env.AL_CONTAINER) return env.AL_CONTAINER
  if (env.ECS_CONTAINER_METADATA_URI_V4) return await taskArn(env.ECS_CONTAINER_METADATA_URI_V4)
  return env.CLOUD_RUN_EXECUTION || env.HOSTNAME || undefined
}

async function taskArn(metadata: string): Promise<string | undefined> {
  const response = await fetch(`${metadata}/task`, { signal: AbortSignal.timeout(patience) })
  const { TaskARN: arn } = (await response.json()) as { readonly TaskARN?: unknown }
  return typeof arn === 'string' ? arn : undefined
}
