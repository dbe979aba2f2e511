import { createServer } from 'node:net'
import type Dockerode from 'dockerode'
import { ownedBy } from './labels.ts'

export interface ProjectNetwork {
  /** Name of the network that the project's containers are in. */
  readonly name: string
  /**
   * An address of this machine that containers reach and other machines do not: the gateway listens there as well.
   * Absent where the engine runs in a virtual machine, whose containers reach this machine's loopback address.
   */
  readonly listenOn?: string
  /** The name of this machine in a URL that containers use. */
  readonly host: string
  /** `name:address`, for containers that do not know that name by themselves. */
  readonly extraHosts: readonly string[]
}

/**
 * The bridge that the project's containers are in, made when it is missing. They reach the internet and this machine, but
 * not each other. Throws when the engine has no addresses left, or is not there.
 */
export async function projectNetwork(
  docker: Dockerode,
  project: { readonly name: string; readonly id: string },
): Promise<ProjectNetwork> {
  const name = `al-${project.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${project.id.slice(0, 8)}`
  const address = (await gatewayOf(docker, name)) ?? (await makeNetwork(docker, name, project.id))
  if (address !== undefined && (await isOurs(address))) {
    return { name, listenOn: address, host: 'gateway', extraHosts: [`gateway:${address}`] }
  }
  const { OperatingSystem = '' } = (await docker.info()) as { OperatingSystem?: string }
  const known = OperatingSystem.includes('Docker Desktop')
  return { name, host: 'host.docker.internal', extraHosts: known ? [] : ['host.docker.internal:host-gateway'] }
}

/** Removes the network of a project unless it has containers: they may be running, and need it. */
export async function removeUnusedNetwork(docker: Dockerode, { id }: { readonly id: string }): Promise<void> {
  if ((await docker.listContainers({ all: true, filters: ownedBy(id) })).length > 0) return
  for (const { Id } of await docker.listNetworks({ filters: ownedBy(id) })) await docker.getNetwork(Id).remove()
}

async function gatewayOf(docker: Dockerode, name: string): Promise<string | undefined> {
  const found = await docker.listNetworks({ filters: { name: [name] } })
  return found.find((network) => network.Name === name)?.IPAM?.Config?.[0]?.Gateway
}

async function makeNetwork(docker: Dockerode, name: string, projectId: string): Promise<string | undefined> {
  await docker.createNetwork({
    Name: name,
    Driver: 'bridge',
    CheckDuplicate: true,
    Labels: { 'al.project': projectId },
    Options: { 'com.docker.network.bridge.enable_icc': 'false' },
  })
  return await gatewayOf(docker, name)
}

/** Found out by listening there: a bridge that no container is attached to is not listed among the interfaces. */
async function isOurs(address: string): Promise<boolean> {
  const server = createServer()
  return await new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(0, address, () => server.close(() => resolve(true)))
  })
}
