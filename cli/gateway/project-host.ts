import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { exitCodes, UserError } from '../errors.ts'
import { requireProject } from '../new/require-project.ts'
import { type GatewayAddress, type GatewayClient, gatewayClient } from './gateway-client.ts'
import { GatewayUnreachable, NobodyListens } from './gateway-errors.ts'

/** What every command that speaks to a host takes. */
export interface HostOptions {
  /** The project's directory. */
  readonly project: string
  /** The environment the host is to run; absent, whatever it runs. */
  readonly env?: string
  /** What is deployed of it, instead of what runs on this machine. */
  readonly cloud?: boolean
}

export const nothingRuns = 'nothing runs for this project: start it with `al start`'

/**
 * The host that `al start` runs for this project: it writes its address to `.al/host.json`. Nothing if there is none, or
 * if it is gone. Throws when the key of the gateway cannot be read, or the host runs another environment. With `cloud`,
 * the deployed gateway: there is one, or it throws.
 */
export async function findHost(options: HostOptions): Promise<GatewayClient | undefined> {
  const { project, env, cloud } = options
  if (cloud === true) return await (await import('./cloud-host.ts')).connectToCloud(options)
  const url = urlOfHost(project)
  if (url === undefined) return undefined
  const { key, keyFrom } = gatewayKey()
  const whenKeyIsWrong = wrongKey(url, keyFrom)
  const client = gatewayClient({ url, key, whenKeyIsWrong, whenDown: nothingRuns } satisfies GatewayAddress)
  if (!(await answers(client))) return undefined
  const wanted = env ?? (process.env.AL_ENV || undefined)
  if (wanted === undefined) return client
  const { environment } = (await client.status()).scheduler
  if (environment === wanted) return client
  throw new UserError(
    `the host of this project runs the environment "${environment}", not "${wanted}": stop it with \`al stop\`, then \`al start -E ${wanted}\``,
    exitCodes.failure,
  )
}

/** The same for commands that are for nothing without a host. Where there is no project either, that is what is said. */
export async function connect(options: HostOptions): Promise<GatewayClient> {
  const host = await findHost(options)
  if (host !== undefined) return host
  requireProject(options.project)
  throw new GatewayUnreachable(nothingRuns)
}

/** A host that was killed has left its address behind, and its process id may be another process by now. */
async function answers(client: GatewayClient): Promise<boolean> {
  try {
    await client.health()
    return true
  } catch (error) {
    if (error instanceof NobodyListens) return false
    throw error
  }
}

function urlOfHost(project: string): string | undefined {
  const file = join(project, '.al/host.json')
  const text = textOf(file)
  if (text === undefined) return undefined
  const parsed = parseHost(text)
  if (parsed === undefined) {
    throw new UserError(
      `${file} is not what \`al start\` writes there; remove it, and start the project again`,
      exitCodes.failure,
    )
  }
  return alive(parsed.pid) ? parsed.url.replace(/\/$/, '') : undefined
}

function parseHost(text: string): { readonly url: string; readonly pid: number } | undefined {
  try {
    const { url, pid } = JSON.parse(text)
    // A pid of 0 or less would mean a whole group of processes.
    const isHost = /^https?:$/.test(new URL(url).protocol) && Number.isSafeInteger(pid) && pid > 0
    return isHost ? { url, pid } : undefined
  } catch {
    return undefined
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It is there, and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** What to say of a gateway that this user started, and whose key is another one by now. */
export const wrongKey = (url: string, keyFrom: string): string =>
  `the gateway at ${url} does not accept the key in ${keyFrom}: it knows another one; put its key there, or stop it where it was started and start it again`

/** The key of gateways that this user started. */
function gatewayKey(): { readonly key: string; readonly keyFrom: string } {
  const home = process.env.AL_CREDENTIALS_HOME || join(homedir(), '.action-llama/credentials')
  const keyFrom = join(home, 'gateway_api_key/default/key')
  const key = textOf(keyFrom)?.trim()
  if (key !== undefined && /^[\x21-\x7e]+$/.test(key)) return { key, keyFrom }
  const what = key === undefined ? 'does not exist' : key === '' ? 'is empty' : 'does not hold a one-line key'
  throw new UserError(
    `the key of the gateway is missing: ${keyFrom} ${what}; \`al start\` makes one, as the user who runs it`,
    exitCodes.credentials,
  )
}

/** The text of a file; nothing if there is no such file. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new UserError(`${file} cannot be read (${code ?? String(error)})`, exitCodes.failure)
  }
}
