import type { Plan } from '../../core/plan/schema.ts'
import type { Log } from '../../core/scheduler/world.ts'
import type { OutputLine, Secret } from '../../functions/launchers/machine/machine-launcher.ts'
import type { LocalLauncher } from '../../functions/local/gate.ts'
import type { LauncherSite } from '../../functions/local/host.ts'
import type { HostHappening } from './host-event.ts'

/** Where the agents of a project run on this machine: in containers, or as processes. */
export interface AgentRuntime {
  /** Addresses of this machine that agents reach its gateway at, beside the one for everybody. */
  readonly containerAddresses: readonly string[]
  /**
   * Makes what the agents of a plan run from. Nothing changes for anybody until the answer is called: then new runs use
   * it, and those that run keep what they have. Throws when it cannot be made.
   */
  prepare(plan: Plan, watch: PreparationWatch): Promise<() => void>
  launcher(site: LauncherSite): LocalLauncher
  /** Removes what only a host needs, once it has closed, as far as no agent still uses it. Never throws. */
  close?(): Promise<void>
}

export interface PreparationWatch {
  readonly onImage: (image: Omit<Extract<HostHappening, { kind: 'image' }>, 'kind'>) => void
  readonly signal: AbortSignal
}

export interface RuntimeOptions {
  readonly directory: string
  /** What of this project's runs outlives its host lies here. */
  readonly stateDirectory: string
  /** `id` tells this project and environment from others of the same name on this machine. */
  readonly project: { readonly name: string; readonly id: string }
  /** The values of an agent's secrets by the plan of the moment; what is optional and absent is left out. */
  readonly secretsOf: (agent: string) => Promise<readonly Secret[]>
  readonly onLine: (line: OutputLine) => void
  readonly log: Log
}
