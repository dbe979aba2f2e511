import type { Handout } from '../../../core/plan/decisions.ts'
import type { CredentialSource } from './credential.ts'
import { googleSecretManager } from './google-secret-manager.ts'
import { parameterStore } from './parameter-store.ts'
import { secretsManager } from './secrets-manager.ts'

type Env = Readonly<Record<string, string | undefined>>

const isGoogle = (env: Env) => Boolean(env.CLOUD_RUN_JOB || env.K_SERVICE || env.GCE_METADATA_HOST)

/** A region alone will do: it is what a container on a plain EC2 machine has. */
const isAws = (env: Env) =>
  Boolean(
    env.AWS_LAMBDA_FUNCTION_NAME ||
      env.AWS_EXECUTION_ENV ||
      env.ECS_CONTAINER_METADATA_URI_V4 ||
      env.AWS_REGION ||
      env.AWS_DEFAULT_REGION,
  )

/** The secret store of the cloud this container runs in, `other` if that is not the usual one; nothing outside of clouds. */
export function secretStore(env: Env, other?: Handout['secretStore']): CredentialSource | undefined {
  if (isGoogle(env)) return googleSecretManager(env)
  if (isAws(env)) return other === 'parameter-store' ? parameterStore(env) : secretsManager(env)
  return undefined
}
