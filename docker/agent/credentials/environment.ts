import { credentialType } from '../../../core/credentials/types.ts'
import type { Credential } from './credential.ts'

/**
 * The variables in which tools find the credentials an agent lists; those of its model and of headers are not among them.
 * Of several instances of a type the last one listed is taken, of `git_ssh` the first: it is the identity of all commits.
 * All variables of a type come from one instance, since half of one login and half of another are none.
 *
 * Instances come in the order the agent lists them, which the plan keeps.
 */
export function credentialEnvironment(credentials: readonly Credential[]): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const { type, field, value } of chosen(credentials)) {
    for (const name of credentialType(type)?.fields[field] ?? []) environment[name] = value
  }
  return environment
}

/** The listed credentials that tools use: one instance of each type. */
export function chosen(credentials: readonly Credential[]): Credential[] {
  const listed = credentials.filter(({ why }) => why === 'listed')
  const instances = new Map<string, string>()
  for (const { type, instance } of listed) {
    if (type !== 'git_ssh' || !instances.has(type)) instances.set(type, instance)
  }
  return listed.filter(({ type, instance }) => instances.get(type) === instance)
}
