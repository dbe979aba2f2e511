import type { Change } from './change.ts'

/** What is done to the stacks of agents at once. */
export interface Phase {
  readonly deploy: readonly string[]
  readonly remove: readonly string[]
}

/**
 * In which order the stacks of agents are brought to what is planned. Names of roles and functions are unique, so that an
 * agent has to leave one stack before it comes into another. The number of stacks is a power of two: when it changes, a
 * stack either loses agents or gets some, never both.
 */
export function phasesOf({ stacks, resources }: Pick<Change, 'stacks' | 'resources'>, controlStack: string): Phase[] {
  const agents = stacks.filter(({ stack }) => stack !== controlStack)
  const deploy = agents.filter(({ kind }) => kind === 'create' || kind === 'update').map(({ stack }) => stack)
  const remove = agents.filter(({ kind }) => kind === 'delete').map(({ stack }) => stack)
  const arriving = new Set(resources.filter(({ kind, agent }) => kind === 'add' && agent).map(({ agent }) => agent))
  const left = resources.filter(({ kind, agent }) => kind === 'remove' && agent !== undefined && arriving.has(agent))
  // Within one stack, CloudFormation sees to it.
  const arrival = (agent: string | undefined) =>
    resources.filter((one) => one.kind === 'add' && one.agent === agent).map(({ stack }) => stack)
  const losing = new Set(
    left.filter(({ agent, stack }) => arrival(agent).some((to) => to !== stack)).map(({ stack }) => stack),
  )
  const phases =
    losing.size === 0
      ? [
          { deploy, remove: [] },
          { deploy: [], remove },
        ]
      : [
          { deploy: deploy.filter((stack) => losing.has(stack)), remove },
          { deploy: deploy.filter((stack) => !losing.has(stack)), remove: [] },
        ]
  return phases.filter((phase) => phase.deploy.length + phase.remove.length > 0)
}
