import type { ContainerCreateOptions } from 'dockerode'
import type { Start } from '../machine/machine-launcher.ts'
import { labelsOf } from './labels.ts'

/** What an agent's container may use, and what it is made from. */
export interface ContainerShape {
  /** Reference of the image. */
  readonly image: string
  readonly memoryMiB: number
  readonly vcpus: number
}

export interface ContainerSurroundings {
  readonly projectId: string
  /** Name of the network. */
  readonly network: string
  /** `name:address`, for names that the network does not know by itself. */
  readonly extraHosts: readonly string[]
  /** The volume that the secrets are in; absent when there are none. */
  readonly volume?: string
}

const MiB = 1024 * 1024

/** Npm and test suites need more than a few hundred. */
const mostProcesses = 1024

/**
 * An agent's container. It may write to `/tmp`, which is memory, and nowhere else; it has no rights but those of a plain
 * user, and can gain none.
 */
export function containerSettings(
  { image, memoryMiB, vcpus }: ContainerShape,
  { projectId, network, extraHosts, volume }: ContainerSurroundings,
  start: Start,
  environment: Readonly<Record<string, string>>,
): ContainerCreateOptions {
  return {
    Image: image,
    User: '1000:1000',
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    Labels: labelsOf(projectId, start),
    AttachStdin: false,
    OpenStdin: false,
    Tty: false,
    HostConfig: {
      NetworkMode: network,
      ExtraHosts: [...extraHosts],
      ReadonlyRootfs: true,
      // Listed here as well, so that the image's own volume does not take its place.
      Tmpfs: { '/tmp': 'rw,exec,nosuid,nodev,size=2g,uid=1000,gid=1000,mode=0700' },
      Mounts: volume === undefined ? [] : [{ Type: 'volume', Source: volume, Target: '/credentials', ReadOnly: true }],
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      PidsLimit: mostProcesses,
      Memory: memoryMiB * MiB,
      // As much as the memory: nothing is swapped out.
      MemorySwap: memoryMiB * MiB,
      NanoCpus: Math.round(vcpus * 1e9),
      // Reaps what the agent's tools leave behind, and passes signals on.
      Init: true,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
    },
  }
}
