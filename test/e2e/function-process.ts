import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

interface Started {
  readonly child: ChildProcess
  /** Where it listens. */
  readonly url: Promise<string>
}

const host = join(import.meta.dirname, 'lambda-host.ts')

/**
 * A function on Lambda, in a process that may be killed at any moment. The next one stands by, loaded and without an event
 * yet, so that a death costs no time of those who wait.
 */
export class FunctionProcess {
  /** What it has printed, over all its lives. */
  output = ''
  kills = 0
  /** Ends that nobody asked for. */
  readonly crashes: string[] = []
  private readonly code: string
  private readonly clock: string
  private readonly env: Readonly<Record<string, string>>
  private current: Started
  private spare: Started
  private closed = false

  constructor(code: string, clock: string, env: Readonly<Record<string, string>>) {
    this.code = code
    this.clock = clock
    this.env = env
    this.current = this.start()
    this.spare = this.start()
  }

  /** Its answer to an event, or nothing when it died on the way or threw. Waits for a start that is under way. */
  async invoke(event: unknown): Promise<{ readonly answer: unknown } | undefined> {
    try {
      const response = await fetch(await this.current.url, { method: 'POST', body: JSON.stringify(event) })
      const answer = await response.text()
      return response.ok ? { answer: JSON.parse(answer) } : undefined
    } catch {
      return undefined
    }
  }

  kill(): void {
    if (this.closed) return
    this.kills += 1
    this.current.child.kill('SIGKILL')
    this.current = this.spare
    this.spare = this.start()
  }

  async close(): Promise<void> {
    this.closed = true
    const ended = [this.current, this.spare].map(async ({ child }) => {
      const exit = child.exitCode === null ? once(child, 'exit') : undefined
      child.kill('SIGKILL')
      await exit
    })
    await Promise.all(ended)
  }

  private start(): Started {
    const child = fork(host, [this.code, this.clock], {
      env: { PATH: process.env.PATH, ...this.env },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
      })
    }
    child.once('exit', (code, signal) => {
      if (signal === 'SIGKILL') return
      this.crashes.push(`exit ${code ?? signal}: ${this.output.slice(-2000)}`)
    })
    return { child, url: listening(child) }
  }
}

/** Where a process listens. Rejects when it ends before it does. */
async function listening(child: ChildProcess): Promise<string> {
  const ended = new AbortController()
  child.once('exit', () => ended.abort())
  const message = once(child, 'message', { signal: ended.signal })
  // It may be killed while nobody asks.
  message.catch(() => {})
  const [address] = (await message) as [AddressInfo]
  return `http://127.0.0.1:${address.port}`
}
