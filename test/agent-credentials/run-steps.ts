import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { Preflight } from '../../core/project/schema/agent.ts'
import { runPreflight } from '../../docker/agent/preflight/run-preflight.ts'
import { tempDirectory } from '../support/temp-project.ts'

export const canary = 'canary-4711'
const environment = { PATH: process.env.PATH ?? '', TOKEN: canary, GIT_CONFIG_GLOBAL: '/dev/null' }

/** A server on loopback for one test; answers its URL. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !condition(); await sleep(10)) {
    if (Date.now() > end) throw new Error('waited for ten seconds')
  }
}

/** Runs steps in a fresh directory; answers what was logged, and how it failed if it did. */
export async function preflight(
  steps: Preflight[],
  { env = {}, directory = tempDirectory(), signal = new AbortController().signal } = {},
) {
  const lines: [string, string, unknown][] = []
  const failure = await runPreflight({
    steps,
    environment: { ...environment, ...env },
    directory,
    log: (level, message, fields) => lines.push([level, message, fields]),
    signal,
  }).then(
    () => undefined,
    (error: Error) => error,
  )
  const read = (path: string) => readFileSync(join(directory, path), 'utf8')
  return { directory, lines, failure, read, logged: JSON.stringify(lines) + String(failure) }
}

export const shell = (command: string, output?: string): Preflight => ({
  provider: 'shell',
  params: { command, ...(output && { output }) },
})
export const fetching = (params: Record<string, unknown>): Preflight => ({
  provider: 'http',
  params: { output: 'out', ...params },
})
export const cloning = (params: Record<string, unknown>): Preflight => ({
  provider: 'git-clone',
  params: { dest: 'clone', ...params },
})
