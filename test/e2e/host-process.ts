import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** How a process is started that tells its parent, in a first message, at which URL it listens. */
export type Start = () => ChildProcess

interface Life {
  /** Absent until the one before it is dead. */
  child?: ChildProcess
  readonly url: Promise<string>
}

/**
 * A process of a host, which may be killed at any moment. Where two can be there at a time, the next one stands by, loaded
 * and without work yet, so that a death costs no time of those who wait.
 */
export class HostProcess {
  /** What it has printed, over all its lives. */
  output = ''
  kills = 0
  /** Ends that nobody asked for. */
  readonly crashes: string[] = []
  private readonly begin: Start
  private current: Life
  private spare: Life | undefined
  private closed = false
  private told = 0

  constructor(begin: Start, { standby }: { readonly standby: boolean }) {
    this.begin = begin
    this.current = this.start()
    this.spare = standby ? this.start() : undefined
  }

  /** An answer, whatever its status, or nothing when it died on the way. Waits for a start that is under way. */
  async fetch(path: string, init: RequestInit): Promise<{ status: number; text: string } | undefined> {
    try {
      const response = await fetch((await this.current.url) + path, init)
      return { status: response.status, text: await response.text() }
    } catch {
      return undefined
    }
  }

  /** Says something to the process, and waits until it has done it. False when it died on the way. */
  async tell(told: object): Promise<boolean> {
    const life = this.current
    try {
      await life.url
    } catch {
      return false
    }
    const { child } = life
    const number = this.told++
    return await new Promise((resolve) => {
      const hear = (message: unknown) => {
        if ((message as { done?: number }).done !== number) return
        child?.off('message', hear)
        resolve(true)
      }
      child?.on('message', hear).once('exit', () => resolve(false))
      child?.send({ number, told }, (error) => error && resolve(false))
    })
  }

  kill(): void {
    const { child } = this.current
    if (this.closed || child === undefined) return
    this.kills += 1
    const dead = end(child)
    this.current = this.spare ?? this.startAfter(dead)
    this.spare &&= this.start()
  }

  async close(): Promise<void> {
    this.closed = true
    await Promise.all([this.current, this.spare].map((life) => life?.child && end(life.child)))
  }

  private start(): Life {
    // Many wait for its end.
    const child = this.begin().setMaxListeners(0)
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

  private startAfter(dead: Promise<void>): Life {
    const life: Life = {
      url: dead.then(async () => {
        if (this.closed) throw new Error('closed')
        const { child, url } = this.start()
        life.child = child
        return await url
      }),
    }
    life.url.catch(() => {})
    return life
  }
}

async function end(child: ChildProcess): Promise<void> {
  const exit = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
  child.kill('SIGKILL')
  await exit
}

/** Where a process listens. Rejects when it ends before it does. */
function listening(child: ChildProcess): Promise<string> {
  const url = new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve(String(message)))
    child.once('exit', () => reject(new Error('it ended before it listened')))
  })
  // It may be killed while nobody asks.
  url.catch(() => {})
  return url
}
