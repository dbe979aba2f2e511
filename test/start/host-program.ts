import { join } from 'node:path'
import { start } from '../../cli/commands/start.ts'
import type { AgentRuntime, RuntimeOptions } from '../../cli/local/agent-runtime.ts'
import { openLocalHost } from '../../cli/local/open-host.ts'
import { processLauncher } from '../../functions/launchers/process/launcher.ts'

/** `al start` with processes that play an agent: node host-program.ts <project> <port>. Prints what happens as JSON. */
const [, , project = '', port = '0'] = process.argv
const entry = join(import.meta.dirname, 'scripted-agent.mjs')

const openRuntime = async (_: unknown, options: RuntimeOptions): Promise<AgentRuntime> => ({
  containerAddresses: [],
  prepare: async () => () => {},
  launcher: (site) => processLauncher({ ...options, ...site, entry }),
})

await start({ project, port: Number(port), headless: true, json: true, runtime: 'process' }, undefined, (options) =>
  openLocalHost({ ...options, openRuntime }),
)
