import type { World } from '../../core/scheduler/world.ts'
import { cached } from '../cloud/secret-cache.ts'
import type { SecretReader } from '../gateway/options.ts'
import type { Deployment } from './deployment.ts'
import { parameterStore } from './parameter-store.ts'
import { secretsManager } from './secrets-manager.ts'

/** The secrets of a deployment, from the store that its plan names. */
export function secretReader(
  { secretStore }: Deployment['decisions'],
  { log, clock }: Pick<World, 'log' | 'clock'>,
): SecretReader {
  return cached(secretStore === 'parameter-store' ? parameterStore(log) : secretsManager(log), clock.now)
}
