import { createHash } from 'node:crypto'

/**
 * Names of a project's resources. `_` separates project, environment and agent, and cannot occur in any of them, so that
 * `al-<project>_<environment>_*` in a policy matches this project's agents and nobody else's. What is too long for its
 * target is cut and ends in a hash of the whole; the `H` that starts the hash of a cut prefix cannot occur in an
 * environment's name.
 */
export interface Scope {
  /** Of the project. */
  readonly name: string
  readonly environment: string
}

/** The longest prefix that leaves a function name (64 characters) room for a cut agent name and its hash. */
const longestPrefix = 40
const hashLength = 10
/** The hash of a name that keeps most of its parts. */
const shortHash = 6

const hashOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, hashLength)

/** `al-<project>_<environment>`, or a cut form of it. */
export function prefixOf({ name, environment }: Scope): string {
  const whole = `al-${name}_${environment}`
  if (whole.length <= longestPrefix) return whole
  const room = longestPrefix - 'al-'.length - '_'.length - hashLength
  return `al-${cut(name, room)}_H${hashOf(name, environment).slice(1)}`
}

/** `al-<project>_<environment>_<agent>` within `longest` characters. */
export function agentResource(scope: Scope, agent: string, longest = 64): string {
  const prefix = `${prefixOf(scope)}_`
  if (prefix.length + agent.length <= longest) return prefix + agent
  const room = longest - prefix.length - 1 - hashLength
  return `${prefix}${cut(agent, room)}-${hashOf(scope.name, scope.environment, agent)}`
}

/** A name for targets that have no `_`: `al-<project>-<environment>[-<agent>]`, always with a hash, since `-` is no border. */
export function hyphenated(scope: Scope, agent: string | undefined, longest: number): string {
  const parts = [scope.name, scope.environment, ...(agent === undefined ? [] : [agent])]
  const hash = hashOf(...parts).slice(0, shortHash)
  return `${cut(`al-${parts.join('-')}`, longest - shortHash - 1)}-${hash}`
}

/** What the `hyphenated` names of all agents of a scope begin with; names of others may begin so, too. */
export const hyphenatedStart = ({ name, environment }: Scope, longest: number): string =>
  cut(`al-${name}-${environment}`, longest - shortHash - 1)

/**
 * The id of a service account: six to thirty characters, and no `_` among them. It begins with whom it is for, an agent or,
 * after a `_`, a part of the control plane; ten digits of hash keep a thousand of one project apart.
 */
export function accountId(scope: Scope, whom: string): string {
  return `al-${cut(whom.replace('_', ''), 16)}-${hashOf(scope.name, scope.environment, whom)}`
}

/** A name that is already unique where it lives, within `longest` characters. */
export const within = (name: string, longest: number): string =>
  name.length <= longest ? name : `${cut(name, longest - hashLength - 1)}-${hashOf(name)}`

/** The queue for events that nobody could handle. */
export const deadLettersName = (prefix: string): string => `${prefix}-dead-letters`
/** The one role that all schedules of a project call its scheduler with. */
export const schedulesRoleName = (prefix: string): string => `${prefix}-schedules`

const cut = (text: string, length: number): string => text.slice(0, length).replace(/-+$/, '')
