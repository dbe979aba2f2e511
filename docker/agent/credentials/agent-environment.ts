import type { Log } from '../../../core/scheduler/world.ts'
import type { Places } from '../places.ts'
import type { Credential } from './credential.ts'
import { chosen, credentialEnvironment } from './environment.ts'
import { githubLogin, gitSettings } from './git.ts'
import { setUpSsh } from './ssh.ts'

export interface AgentEnvironmentOptions {
  readonly credentials: readonly Credential[]
  /** In the work directory, `.ssh` is made. */
  readonly places: Pick<Places, 'work'>
  readonly log: Log
}

/**
 * What credentials add to the environment of an agent's tools: the variables of what it lists, and git made ready to use
 * them. Writes the SSH key, and touches nothing else: not this process's environment, no configuration of git.
 */
export async function agentEnvironment(options: AgentEnvironmentOptions): Promise<Record<string, string>> {
  const { credentials, places, log } = options
  const environment = { ...credentialEnvironment(credentials), ...gitSettings }
  if (environment.GITHUB_TOKEN !== undefined) {
    Object.assign(environment, githubLogin)
    log('info', 'git HTTPS credential helper configured')
  }
  const key = chosen(credentials).find(({ type, field }) => type === 'git_ssh' && field === 'id_rsa')
  // Without a key, `git_ssh` is an identity only, and git's SSH is as the image has it.
  if (key !== undefined) {
    environment.GIT_SSH_COMMAND = await setUpSsh(key.value, places.work)
    log('info', 'SSH key configured for git')
  }
  return environment
}
