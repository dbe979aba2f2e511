import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type Dockerode from 'dockerode'
import { bookmark } from '../machine/bookmark.ts'
import { lineSplitter } from '../machine/line-splitter.ts'
import type { MachineLauncherOptions, Start } from '../machine/machine-launcher.ts'
import { ignoringGone, isGone, whyOf } from './engine-answer.ts'
import { asSince, logPieces } from './log-frames.ts'

interface WatchOptions extends MachineLauncherOptions {
  readonly docker: Dockerode
}

/** Milliseconds until an engine that has gone away is asked again. */
const untilAskedAgain = 1000

/** Milliseconds that the last lines of a container that has ended have to arrive. */
const forLastLines = 5000

interface End {
  readonly code?: number
  readonly reason?: string
}

/** Follows containers to their end: their lines, their exit code, and then they are removed with their secrets. */
export function containerWatch({ docker, stateDirectory, containerEnded, onLine, log }: WatchOptions) {
  const closing = new AbortController()
  const following = new Map<string, Promise<void>>()
  mkdirSync(stateDirectory, { recursive: true })

  async function follow(id: string, name: string, start: Start): Promise<void> {
    const container = docker.getContainer(id)
    const place = bookmark(join(stateDirectory, `${name}.seen`))
    const reading = readLines(container, place, start)
    const end = await patiently(id, () => waitForEnd(container))
    if (end === undefined) return await reading
    const enough = new AbortController()
    await Promise.race([reading, sleep(forLastLines, undefined, { signal: enough.signal }).catch(() => {})])
    enough.abort()
    const { agent, suffix, attempt } = start
    await containerEnded({ agent, suffix, attempt, container: id.slice(0, 12), ...end })
    await bestEffort('a container that has ended was not removed; the next start removes it', id, () =>
      container.remove({ force: true, v: true }),
    )
    await removeVolume(name)
    place.remove()
  }

  async function waitForEnd(container: Dockerode.Container): Promise<End> {
    try {
      const { State, HostConfig } = await container.inspect()
      if (State.Status === 'created') return { reason: 'the host stopped while it was being started' }
      await container.wait({ abortSignal: closing.signal })
      const { State: after } = await container.inspect()
      const limit = Math.round((HostConfig.Memory ?? 0) / 1024 ** 2)
      return {
        code: after.ExitCode,
        ...(after.OOMKilled && { reason: `out of memory: its limit is ${limit} MiB` }),
      }
    } catch (error) {
      if (isGone(error)) return { reason: 'its container was removed' }
      throw error
    }
  }

  async function readLines(container: Dockerode.Container, place: ReturnType<typeof bookmark>, start: Start) {
    const { agent, run } = start
    const splitters = {
      stdout: lineSplitter((line) => onLine({ agent, run, stream: 'stdout', line })),
      stderr: lineSplitter((line) => onLine({ agent, run, stream: 'stderr', line })),
    }
    await patiently(container.id, async () => {
      const seen = place.read() ?? ''
      try {
        // The log of a container that was never started has no end.
        if ((await container.inspect()).State.Status === 'created') return
        const stream = await container.logs({
          follow: true,
          stdout: true,
          stderr: true,
          timestamps: true,
          ...(seen !== '' && { since: asSince(seen) as unknown as number }),
          abortSignal: closing.signal,
        })
        for await (const piece of logPieces(stream as unknown as AsyncIterable<Uint8Array>)) {
          if (piece.at <= seen) continue
          splitters[piece.stream].add(piece.bytes)
          // Not within a line: it would be lost if another host went on from here.
          if (splitters.stdout.isEmpty() && splitters.stderr.isEmpty()) place.move(piece.at)
        }
      } catch (error) {
        if (!isGone(error)) throw error
      } finally {
        place.flush()
      }
    })
    splitters.stdout.finish()
    splitters.stderr.finish()
  }

  /** Asks again when the engine was restarted, or is gone for a while. Nothing when this host stops watching. */
  async function patiently<T>(id: string, work: () => Promise<T>): Promise<T | undefined> {
    for (let failed = 0; !closing.signal.aborted; failed++) {
      try {
        return await work()
      } catch (error) {
        if (closing.signal.aborted) break
        if (failed === 0) {
          log('warn', 'Docker is asked again about a container', { container: id.slice(0, 12), why: whyOf(error) })
        }
        await sleep(untilAskedAgain, undefined, { signal: closing.signal }).catch(() => {})
      }
    }
    return undefined
  }

  async function bestEffort(message: string, what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await ignoringGone(work())
    } catch (error) {
      log('warn', message, { what, why: whyOf(error) })
    }
  }

  const removeVolume = (name: string): Promise<void> =>
    bestEffort("a volume with an agent's secrets was not removed; the next start removes it", name, () =>
      docker.getVolume(name).remove({ force: true }),
    )

  return {
    follow(id: string, name: string, start: Start): void {
      if (following.has(id)) return
      const task = follow(id, name, start)
        .catch((error) => log('error', 'a container is no longer watched', { container: id, why: whyOf(error) }))
        .finally(() => following.delete(id))
      following.set(id, task)
    },
    removeVolume,
    async cleared() {
      while (following.size > 0) await Promise.all(following.values())
    },
    async close() {
      closing.abort()
      await Promise.all(following.values())
    },
  }
}
