import { stat } from 'node:fs/promises'
import { type CredentialTypeName, credentialType } from '../../core/credentials/types.ts'
import { valueProblem } from '../../core/credentials/value-problem.ts'
import type { Plan, PlannedSecret } from '../../core/plan/schema.ts'
import { usedSecrets } from '../../core/plan/secret-users.ts'
import { compare } from '../../core/project/problem.ts'
import type { CredentialStore } from '../../functions/local/credential-store.ts'
import { addCommand } from '../creds/add-command.ts'
import { refText } from '../creds/stored-ref.ts'
import type { Check } from './check.ts'

/** Each field of each credential that active agents, webhook sources and the gateway use. */
export async function credentialChecks(plan: Plan, store: CredentialStore): Promise<Check[]> {
  const used = [...usedSecrets(plan, 'active').values()]
  const checks = await Promise.all(used.map(({ secret, by }) => credentialCheck(plan, secret, by, store)))
  return checks.sort((a, b) => compare(a.what, b.what))
}

async function credentialCheck(
  plan: Plan,
  secret: PlannedSecret,
  by: readonly string[],
  store: CredentialStore,
): Promise<Check> {
  const { type, instance, field } = secret
  const common = {
    kind: 'credential',
    what: `${refText(secret)} ${field}`,
    detail: `${credentialType(type)?.label ?? type}, for ${by.join(', ')}`,
  } as const
  const value = await store.read(secret)
  if (value !== undefined) {
    const found = (await othersCanRead(store.pathOf(secret))) ?? looksWrong(plan, secret, value)
    return found === undefined
      ? { ...common, state: 'ok' }
      : { ...common, state: 'warning', detail: `${common.detail}: ${found.what}`, todo: found.todo }
  }
  const missing = { type, instance, field }
  if (secret.why === 'control')
    return { ...common, state: 'optional', todo: '`al start` or `al doctor -c` makes it', missing }
  const todo = `\`${addCommand(secret)}\``
  return secret.optional
    ? { ...common, state: 'optional', todo: `${todo}, if you have it` }
    : { ...common, state: 'missing', todo, missing }
}

async function othersCanRead(path: string): Promise<{ what: string; todo: string } | undefined> {
  const { mode } = await stat(path)
  if ((mode & 0o077) === 0 || process.platform === 'win32') return undefined
  return { what: 'others on this machine can read it', todo: `\`chmod 600 ${path}\`` }
}

function looksWrong(plan: Plan, secret: PlannedSecret, value: string): { what: string; todo: string } | undefined {
  const type = secret.type as CredentialTypeName
  // A server of one's own takes any key.
  const anyLook = plan.agents.some(
    ({ model, secrets }) =>
      model.baseUrl !== undefined && secrets.some(({ id, why }) => id === secret.id && why === 'model'),
  )
  const problem = valueProblem(type, secret.field, value, { anyLook })
  if (problem === undefined) return undefined
  return { what: `does not look like one: ${problem}`, todo: `\`${addCommand(secret)}\` replaces it` }
}
