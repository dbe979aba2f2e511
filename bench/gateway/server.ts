import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface Server {
  readonly pid: number
  readonly url: string
  readonly sessions: readonly string[]
  stop(): Promise<void>
}

/** Starts one server of the bench in a process of its own. */
export async function startServer(kind: 'ours' | 'bare'): Promise<Server> {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, 'serve.ts'), kind], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (child.stdout === null) throw new Error('no output to read from')
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { url, sessions } = JSON.parse(line) as Omit<Server, 'stop' | 'pid'>
  return {
    pid: child.pid ?? 0,
    url,
    sessions,
    async stop() {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}
