import { setTimeout as sleep } from 'node:timers/promises'
import { credentialType } from '../../core/credentials/types.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { usedSecrets } from '../../core/plan/secret-users.ts'
import type { CredentialStore } from '../../functions/local/credential-store.ts'

/** One thing that running the project here takes. */
export interface Check {
  readonly what: string
  /** `optional`: it is not there, and does not have to be. */
  readonly state: 'ok' | 'optional' | 'missing'
  readonly kind: 'credential' | 'docker' | 'node'
  /** Where it was looked for, for whom. */
  readonly detail: string
  /** What to do, where it is missing. */
  readonly todo?: string
}

/** Milliseconds that Docker has to answer. */
const patience = 10_000

/** What running a project on this machine takes, and whether it is here: Node, Docker, and each field of each credential. */
export async function localChecks(
  plan: Plan,
  store: CredentialStore,
  dockerVersion: () => Promise<string> = askDocker,
): Promise<Check[]> {
  const needsDocker = plan.agents.some(({ compute }) => compute === 'docker')
  const [docker, credentials] = await Promise.all([
    needsDocker ? [dockerCheck(dockerVersion)] : [],
    credentialChecks(plan, store),
  ])
  const node: Check = { kind: 'node', what: 'Node.js', state: 'ok', detail: process.versions.node }
  return [node, ...(await Promise.all(docker)), ...credentials]
}

async function credentialChecks(plan: Plan, store: CredentialStore): Promise<Check[]> {
  const used = [...usedSecrets(plan, 'active').values()]
  const checks = used.map(async ({ secret, by }): Promise<Check> => {
    const { type, instance, field } = secret
    const what = `${instance === 'default' ? type : `${type}:${instance}`} ${field}`
    const common = {
      kind: 'credential',
      what,
      detail: `${credentialType(type)?.label ?? type}, for ${by.join(', ')}`,
    } as const
    if ((await store.read(secret)) !== undefined) return { ...common, state: 'ok' }
    const path = store.pathOf(secret)
    if (secret.why === 'control') return { ...common, state: 'optional', todo: '`al start` or `al doctor -c` makes it' }
    return secret.optional
      ? { ...common, state: 'optional', todo: `write it to ${path} if you have it` }
      : { ...common, state: 'missing', todo: `write it to ${path}` }
  })
  const found = await Promise.all(checks)
  return found.sort((a, b) => (a.what < b.what ? -1 : 1))
}

async function dockerCheck(dockerVersion: () => Promise<string>): Promise<Check> {
  const common = { kind: 'docker', what: 'Docker' } as const
  try {
    return { ...common, state: 'ok', detail: await dockerVersion() }
  } catch (error) {
    const todo = 'start Docker, or set `[local] runtime = "process"`, which runs agents without isolation'
    return { ...common, state: 'missing', detail: error instanceof Error ? error.message : String(error), todo }
  }
}

async function askDocker(): Promise<string> {
  const { default: Docker } = await import('dockerode')
  const late = sleep(patience, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${patience / 1000} seconds`)
  })
  const { Version } = await Promise.race([new Docker().version(), late])
  return Version
}
