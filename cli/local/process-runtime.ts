import { join } from 'node:path'
import type { AgentRuntime, RuntimeOptions } from './agent-runtime.ts'

/** Agents as processes of the user who runs the host: nothing keeps them from what that user can do. */
export async function processRuntime(options: RuntimeOptions): Promise<AgentRuntime> {
  const [{ processLauncher }, { installAgentFiles }] = await Promise.all([
    import('../../functions/launchers/process/launcher.ts'),
    import('../../infra/images/agent-files.ts'),
  ])
  const files = await installAgentFiles(join(options.directory, '.al', 'app'))
  return {
    containerAddresses: [],
    async prepare() {
      return () => {}
    },
    launcher: ({ gatewayUrl, containerEnded }) =>
      processLauncher({ ...options, entry: join(files, 'entry.mjs'), gatewayUrl, containerEnded }),
  }
}
