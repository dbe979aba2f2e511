import { spawn } from 'node:child_process'
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { LaunchAnswer, LaunchOrder } from '../../../core/scheduler/launcher.ts'
import { asEnvironment } from '../../../core/scheduler/start-message.ts'
import {
  failedForSecret,
  type MachineLauncher,
  type MachineLauncherOptions,
  type Secret,
} from '../machine/machine-launcher.ts'
import { endProcess, isAlive } from './process-group.ts'
import { startedAt } from './process-identity.ts'
import { containerOf, type ProcessRecord, readRecords, writeRecord } from './process-record.ts'
import { processWatch } from './watch.ts'

export interface ProcessLauncherOptions extends MachineLauncherOptions {
  /** The agent's program, which Node runs: `entry.mjs` in the directory of the agent's files. */
  readonly entry: string
}

/**
 * Agents as processes of whoever started the host, for machines without Docker. Nothing keeps such an agent from what its
 * user may do; it gets a private directory, and none of the user's variables. Each is a process group of its own, and
 * lives on when the host dies.
 */
export function processLauncher(options: ProcessLauncherOptions): MachineLauncher {
  const { entry, gatewayUrl, stateDirectory, secretsOf, log } = options
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 })
  const watch = processWatch(options)
  const stopped = new Set<string>()
  const underWay = new Map<string, Promise<unknown>>()
  log('warn', 'agents run as processes of this user, without isolation: they can read and change whatever you can')

  async function start(order: LaunchOrder): Promise<LaunchAnswer> {
    const { run, suffix, attempt, ticket } = order
    const directory = join(stateDirectory, `${suffix}-${attempt}`)
    const secrets = await secretsOf(order.agent.name)
    try {
      mkdirSync(directory, { mode: 0o700 })
    } catch (error) {
      // Somebody was faster: the attempt has its process.
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return { kind: 'started' }
      throw error
    }
    const work = mkdtempSync(join(tmpdir(), 'al-run-'))
    const record: ProcessRecord = { agent: order.agent.name, run, suffix, attempt, work }
    // Before anything can be left behind.
    writeRecord(directory, record)
    const files = [openSync(join(directory, 'stdout'), 'a', 0o600), openSync(join(directory, 'stderr'), 'a', 0o600)]
    try {
      writeSecrets(join(work, '.credentials'), secrets)
      if (stopped.has(run)) throw new Error('it was stopped while it was being started')
      const message = asEnvironment({ run, ticket, gateway: gatewayUrl, attempt })
      const child = spawn('/bin/sh', ['-c', starter, 'sh', process.execPath, entry], {
        cwd: work,
        detached: true,
        stdio: ['pipe', files[0], files[1]],
        env: { ...message, ...surroundings(work) },
      })
      const ended = new Promise<number | undefined>((resolve, reject) => {
        child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
        child.once('error', reject)
      })
      // Awaited below: until then a rejection would count as unhandled.
      ended.catch(() => {})
      if (child.pid === undefined) await ended
      const { pid = 0 } = child
      const known: ProcessRecord = { ...record, pid, started: await startedAt(pid) }
      writeRecord(directory, known)
      // Told once it is written down, so that no process runs that the next host does not know.
      // It may have ended before it read this.
      child.stdin?.once('error', () => {})
      child.stdin?.end(`${containerOf(known)}\n`)
      // The host may end before its agents do.
      child.unref()
      watch.follow(directory, known, ended)
      return { kind: 'started' }
    } catch (error) {
      rmSync(work, { recursive: true, force: true })
      rmSync(directory, { recursive: true, force: true })
      return { kind: 'failed', why: `${process.execPath}: ${(error as Error).message}` }
    } finally {
      for (const file of files) closeSync(file)
    }
  }

  return {
    async launch(order) {
      const answer = start(order).catch(failedForSecret)
      underWay.set(
        order.run,
        // Whoever stops the run only waits for it to be over; the launch itself reports how it failed.
        answer.catch(() => {}),
      )
      try {
        return await answer
      } finally {
        underWay.delete(order.run)
        stopped.delete(order.run)
      }
    },

    async stop({ run }) {
      if (underWay.has(run)) stopped.add(run)
      await underWay.get(run)
      await Promise.all(
        [...watch.following()].filter((record) => record.run === run).map((record) => endProcess(record)),
      )
    },

    async *running() {
      for (const record of watch.following()) {
        const { agent, suffix, attempt } = record
        if (await isAlive(record)) yield { agent, suffix, attempt, compute: 'process', container: containerOf(record) }
      }
    },

    async adopt() {
      for (const [directory, record] of readRecords(stateDirectory)) {
        if (record === undefined) rmSync(directory, { recursive: true, force: true })
        else watch.follow(directory, record)
      }
    },

    cleared: () => watch.cleared(),
    close: () => watch.close(),
  }
}

/**
 * The process waits until the host sends it its name, and only then becomes the agent. If the host dies before it has
 * recorded the process, no name comes, and nothing runs.
 */
const starter = 'read -r AL_CONTAINER && export AL_CONTAINER && exec "$@" </dev/null'

/** The only variables of this machine that an agent gets; it does not see the user's other variables. */
function surroundings(work: string): Record<string, string> {
  const own = dirname(process.execPath)
  const kept = ['LANG', 'LC_ALL', 'TZ', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'].flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...Object.fromEntries(kept),
    // The commands are started by `node`, which has to be this one.
    PATH: [own, ...(process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter)].join(delimiter),
    HOME: work,
    AL_WORK_DIR: work,
    AL_CREDENTIALS_DIR: join(work, '.credentials'),
  }
}

function writeSecrets(parent: string, secrets: readonly Secret[]): void {
  mkdirSync(parent, { mode: 0o700 })
  for (const { type, instance, field, value } of secrets) {
    const directory = join(parent, type, instance)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    chmodSync(directory, 0o700)
    writeFileSync(join(directory, field), value, { mode: 0o600 })
  }
}
