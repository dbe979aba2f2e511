import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePort } from './loopback.ts'

/** An AWS emulator on loopback that is not ours (PyPI: ministack): CloudFormation and what our templates name. */
export interface Ministack {
  /** Base URL. The host must be `localhost`: names of buckets go before it. */
  readonly endpoint: string
  /** What a process needs to speak to this and to nothing else. */
  readonly env: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** Why there is no emulator to test against; nothing if there is one. For `describe.skipIf`. */
export const noMinistack: string | undefined =
  executable() === undefined ? 'ministack is missing: `pip install ministack`, or set AL_MINISTACK to it' : undefined

/** Starts an emulator of its own, empty, on a free port, with settings of its own. Throws `noMinistack` if there is none. */
export async function startMinistack(settings: Readonly<Record<string, string>> = {}): Promise<Ministack> {
  const command = executable()
  if (command === undefined) throw new Error(noMinistack)
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'al-ministack-'))
  const child = spawn(command, {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      HOME: directory,
      TMPDIR: directory,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      STATE_DIR: join(directory, 'state'),
      S3_DATA_DIR: join(directory, 's3'),
      LOG_LEVEL: 'WARNING',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-4000)
    })
  }
  const exit = once(child, 'exit')
  const endpoint = `http://localhost:${port}`
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 5000)
      await exit
      clearTimeout(late)
    }
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  }
  try {
    await answers(endpoint, () => child.exitCode !== null)
  } catch (error) {
    await stop()
    throw new Error(`${error instanceof Error ? error.message : error}\n${said}`)
  }
  return { endpoint, env: emulatedEnvironment(endpoint, directory), stop }
}

/** Speaks to an emulator, and to no account of whoever runs the tests. */
export function emulatedEnvironment(endpoint: string, home: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_CONFIG_FILE: join(home, 'no-aws-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'no-aws-credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}

function executable(): string | undefined {
  const given = process.env.AL_MINISTACK
  const candidates = given
    ? [given]
    : (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, 'ministack'))
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** It takes a few seconds to load all of its services. */
async function answers(endpoint: string, isGone: () => boolean): Promise<void> {
  const deadline = Date.now() + 110_000
  while (Date.now() < deadline) {
    if (isGone()) throw new Error('ministack ended')
    const ok = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2000) }).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('ministack did not answer in time')
}
