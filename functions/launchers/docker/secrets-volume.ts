import { Readable } from 'node:stream'
import type Dockerode from 'dockerode'
import { type TarEntry, tar } from '../../../core/image/tar.ts'
import type { Secret } from '../machine/machine-launcher.ts'
import { ignoringGone } from './engine-answer.ts'
import { helperLabels } from './labels.ts'

/** The user that agents run as. */
const agentUser = 1000

export interface VolumeOptions {
  readonly docker: Dockerode
  readonly projectId: string
  readonly name: string
  readonly abortSignal: AbortSignal
}

export interface FillOptions extends VolumeOptions {
  /** Any image that is there; nothing of it runs. */
  readonly image: string
}

/** An empty volume for an agent's secrets. */
export async function makeVolume({ docker, projectId, name, abortSignal }: VolumeOptions): Promise<void> {
  await docker.createVolume({ Name: name, Labels: helperLabels(projectId), abortSignal })
}

/**
 * Puts an agent's secrets into its volume, as `<type>/<instance>/<field>`, readable by the agent's user alone.
 *
 * The files are sent to the engine as an archive, through a container that is never started. So they belong to the right
 * user whoever runs the host, they are never in a directory of this machine's users, and it works with an engine in a
 * virtual machine. They lie in the engine's own directory until the run has ended.
 */
export async function fillVolume(options: FillOptions, secrets: readonly Secret[]): Promise<void> {
  const { docker, projectId, name, image, abortSignal } = options
  const filler = await docker.createContainer({
    Image: image,
    name: `${name}-filler`,
    Labels: helperLabels(projectId),
    NetworkDisabled: true,
    HostConfig: {
      NetworkMode: 'none',
      Mounts: [{ Type: 'volume', Source: name, Target: '/credentials', VolumeOptions: noCopy }],
    },
    abortSignal,
  })
  try {
    await filler.putArchive(Readable.from(tar(files(secrets))), { path: '/', abortSignal })
  } finally {
    // `v`: with the volume of /tmp that the image asks for.
    await ignoringGone(filler.remove({ force: true, v: true }))
  }
}

/** What the image has at that place is not wanted in there. */
const noCopy = { NoCopy: true, Labels: {}, DriverConfig: { Name: '', Options: {} } }

function* files(secrets: readonly Secret[]): Generator<TarEntry> {
  const made = new Set<string>()
  const directory = function* (path: string): Generator<TarEntry> {
    if (made.has(path)) return
    made.add(path)
    yield { path, kind: 'directory', mode: 0o700, owner: agentUser }
  }
  yield* directory('credentials')
  for (const { type, instance, field, value } of secrets) {
    yield* directory(`credentials/${type}`)
    yield* directory(`credentials/${type}/${instance}`)
    const path = `credentials/${type}/${instance}/${field}`
    yield { path, kind: 'file', mode: 0o600, owner: agentUser, bytes: value }
  }
}
