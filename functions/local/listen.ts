import { type HttpServer, httpServer } from './http-server.ts'

export interface Addresses {
  readonly hostname: string
  /** 0 means any that is free. */
  readonly port: number
  /** Further addresses, at which the same port is opened. */
  readonly containerAddresses?: readonly string[]
}

/** The first server is the one for everybody. An address that is part of all addresses needs no server of its own. */
export async function listen({
  hostname,
  port,
  containerAddresses = [],
}: Addresses): Promise<[HttpServer, ...HttpServer[]]> {
  const first = await httpServer({ hostname, port })
  const servers: [HttpServer, ...HttpServer[]] = [first]
  try {
    for (const address of isEveryAddress(hostname) ? [] : containerAddresses) {
      if (address !== hostname)
        servers.push(await httpServer({ hostname: address, port: Number(new URL(first.url).port) }))
    }
  } catch (error) {
    await Promise.all(servers.map((one) => one.close()))
    throw error
  }
  return servers
}

const isEveryAddress = (hostname: string): boolean => hostname === '0.0.0.0' || hostname === '::'
