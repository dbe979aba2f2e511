import { type FieldRef, headerReferences } from '../credentials/header-reference.ts'
import type { CredentialRef } from '../credentials/reference.ts'
import { credentialType } from '../credentials/types.ts'
import { compare } from '../project/problem.ts'
import type { Agent, Project } from '../project/project.ts'
import { modelProviders } from '../project/schema/model.ts'
import { webhookProviders } from '../project/schema/webhooks.ts'
import type { PlannedSecret } from './schema.ts'
import type { Target } from './targets/target.ts'

type Why = PlannedSecret['why']

/**
 * What an agent's identity may read: the credentials it lists, its model's key, and what its headers refer to. By type;
 * within one, instances stay in the order the agent lists them, which decides whose values the environment gets.
 */
export function agentSecrets(
  agent: Pick<Agent, 'credentials' | 'model'>,
  project: Pick<Project, 'telemetry'>,
  target: Pick<Target, 'secretId'>,
): PlannedSecret[] {
  const key = modelProviders[agent.model.provider]
  const headers = { ...agent.model.headers, ...(project.telemetry.enabled ? project.telemetry.headers : {}) }
  const referenced = Object.values(headers).flatMap((value) => headerReferences(value).references)
  const listed = agent.credentials
  const listsKey = listed.some(({ type }) => type === key)
  return plan(target, [
    ...listed.map((ref) => [ref, 'listed'] as const),
    // An agent that lists an instance of its model's key has chosen that one.
    ...(key === undefined || listsKey ? [] : [[{ type: key, instance: 'default' }, 'model'] as const]),
    ...referenced.map((ref) => [ref, 'header'] as const),
  ])
}

/** What the gateway may read: the secrets deliveries are signed with, the operators' key, and what the collector of traces asks for. */
export function gatewaySecrets(project: Project, target: Target): PlannedSecret[] {
  const signing = project.webhooks.flatMap(({ type, credential }) => {
    const secret = webhookProviders[type].secret
    return credential === undefined || secret === undefined
      ? []
      : [[{ type: secret, instance: credential }, 'webhook'] as const]
  })
  const { enabled, provider, headers } = project.telemetry
  const exporting = Object.values(enabled && provider === 'otel' ? headers : {}).flatMap((value) =>
    headerReferences(value).references.map((ref) => [ref, 'header'] as const),
  )
  const secrets = plan(target, [
    ...signing,
    [{ type: 'gateway_api_key', instance: 'default' }, 'control'],
    ...exporting,
  ])
  return secrets.sort((a, b) => compare(a.id, b.id))
}

/** One entry per field, each once: by type, and within one in the order of `refs`. */
function plan(
  target: Pick<Target, 'secretId'>,
  refs: readonly (readonly [CredentialRef | FieldRef, Why])[],
): PlannedSecret[] {
  const secrets = new Map<string, PlannedSecret>()
  for (const [{ type, instance, ...one }, why] of refs) {
    const known = credentialType(type)
    for (const field of 'field' in one ? [one.field] : Object.keys(known?.fields ?? {}).sort(compare)) {
      const id = target.secretId(type, instance, field)
      if (secrets.has(id)) continue
      secrets.set(id, { id, type, instance, field, optional: known?.optional?.includes(field) ?? false, why })
    }
  }
  return [...secrets.values()].sort((a, b) => compare(a.type, b.type))
}
