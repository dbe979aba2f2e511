import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Decisions, Handout } from '../../core/plan/decisions.ts'

/** What a deploy has put beside a function's code and into its environment. */
export interface Deployment {
  readonly decisions: Decisions
  readonly table: string
  /** Base URL of the gateway, without a slash at the end. */
  readonly gatewayUrl: string
  /** Where tasks run; absent where the project has none. */
  readonly tasks?: {
    readonly cluster: string
    readonly subnets: readonly string[]
    /** Empty: the default group of the network. */
    readonly securityGroups: readonly string[]
  }
}

/** Variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Reads `plan.json` of a directory and the variables that name resources. Throws if one of them is missing. */
export async function readDeployment(directory: string, env: Environment): Promise<Deployment> {
  const decisions = JSON.parse(await readFile(join(directory, 'plan.json'), 'utf8')) as Decisions
  const { AL_CLUSTER: cluster } = env
  return {
    decisions,
    table: needed(env, 'AL_TABLE'),
    gatewayUrl: needed(env, 'AL_GATEWAY_URL').replace(/\/+$/, ''),
    ...(cluster && {
      tasks: { cluster, subnets: list(needed(env, 'AL_SUBNETS')), securityGroups: list(env.AL_SECURITY_GROUPS ?? '') },
    }),
  }
}

function needed(env: Environment, name: string): string {
  const value = env[name]
  if (value === undefined || value === '') throw new Error(`${name} is not set: deploy the project again`)
  return value
}

const list = (text: string): string[] => text.split(',').filter((one) => one !== '')

/**
 * What agents are handed, by name: one line of `agents.jsonl`, found through `agents.index.json` (name → first byte and
 * length). Only that line is read, however many agents there are.
 */
export function handoutsIn(directory: string): (agent: string) => Promise<Handout | undefined> {
  let index: Promise<ReadonlyMap<string, readonly [number, number]>> | undefined
  return async (agent) => {
    index ??= readIndex(join(directory, 'agents.index.json'))
    const place = (await index).get(agent)
    if (place === undefined) return undefined
    const [first, length] = place
    const file = await open(join(directory, 'agents.jsonl'))
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, first)
      if (bytesRead < length) throw new Error(`agents.jsonl ends within the line of agent ${agent}`)
      return JSON.parse(buffer.toString('utf8')) as Handout
    } finally {
      await file.close()
    }
  }
}

// A map: an agent may be called `constructor`.
const readIndex = async (path: string): Promise<ReadonlyMap<string, readonly [number, number]>> =>
  new Map(Object.entries(JSON.parse(await readFile(path, 'utf8')) as Record<string, readonly [number, number]>))
