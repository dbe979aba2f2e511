import { createHash, randomBytes } from 'node:crypto'
import type { StartMessage } from '../../core/scheduler/start-message.ts'
import { fromEnvironment, fromPayload } from '../../core/scheduler/start-message.ts'
import type { DeployedProject } from './deployed-project.ts'
import type { Launch } from './launch-recorder.ts'

/** What a container was told at its start, from what AWS was asked for. */
export function messageOf({ kind, body }: Launch): StartMessage {
  const overrides = body.overrides as {
    readonly containerOverrides: readonly { readonly environment: readonly { name: string; value: string }[] }[]
  }
  const environment = overrides?.containerOverrides[0]?.environment ?? []
  const message =
    kind === 'Invoke'
      ? fromPayload(body)
      : fromEnvironment(Object.fromEntries(environment.map(({ name, value }) => [name, value])))
  if (message === undefined) throw new Error(`${kind} without a start message`)
  return message
}

/** A container's side of a deployed gateway, over HTTP. */
export function containerOf({ reachable }: Pick<DeployedProject, 'reachable'>, { run, ticket }: StartMessage) {
  const secret = `${run}.${randomBytes(32).toString('base64url')}`
  const send = async (path: string, bearer: string, body: unknown) => {
    const response = await fetch(`${reachable}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> }
  }
  return {
    claim: (container: string) =>
      send('/runs/claim', `${run}.${ticket}`, {
        session: createHash('sha256').update(secret).digest('hex'),
        container,
      }),
    heartbeat: () => send('/runs/heartbeat', secret, {}),
    acquire: (resourceKey: string) => send('/locks/acquire', secret, { resourceKey }),
    finish: (body: unknown) => send('/runs/finish', secret, body),
  }
}
