import {
  type AgentHarnessTool,
  type AgentTool,
  BACKGROUND_CONTEXT,
  createBashTool,
  createEditTool,
  createReadTool,
  createWriteTool,
  withAbortSignal,
} from '@earendil-works/pi-agent-core'
import type { Shell } from './shell.ts'

/** The tools of an agent: bash, read, write and edit. Commands see exactly `environment`, nothing of this process's own. */
export function createTools(shell: Shell, environment: Readonly<Record<string, string>>): AgentTool[] {
  const bash = createBashTool<{ env: Shell }>({
    prepare: (execution) => {
      execution.env = { ...environment }
      execution.inheritEnv = false
    },
  })
  const home = environment.HOME ?? shell.cwd
  return [
    adapt(bash, shell, home),
    adapt(createReadTool<{ env: Shell }>(), shell, home),
    adapt(createWriteTool<{ env: Shell }>(), shell, home),
    adapt(createEditTool<{ env: Shell }>(), shell, home),
  ]
}

type Parameters = AgentTool['parameters']

/** The library's tools are made for its harness; this is the part of it that they use. */
function adapt<P extends Parameters>(tool: AgentHarnessTool<{ env: Shell }, P>, shell: Shell, home: string): AgentTool {
  const { execute, ...declaration } = tool
  const adapted: AgentTool<P> = {
    ...declaration,
    execute: (id, params, signal) => {
      const context = signal ? withAbortSignal(signal, BACKGROUND_CONTEXT) : BACKGROUND_CONTEXT
      return execute(id, atHome(params, home), () => {}, { env: shell }, invocation(id), context)
    },
  }
  // Parameters are checked against the tool's own schema before it is called.
  return adapted as unknown as AgentTool
}

/** `~` is the agent's home, not the one of the user whose process this is. */
function atHome<T>(params: T, home: string): T {
  if (typeof params !== 'object' || params === null || !('path' in params)) return params
  const { path } = params
  if (typeof path !== 'string' || !/^~(\/|$)/.test(path)) return params
  return { ...params, path: `${home}${path.slice(1)}` }
}

const invocation = (id: string) => ({
  invocationId: id,
  operationId: id,
  turnId: id,
  getMemo: async () => undefined,
  setMemo: async () => {},
})
