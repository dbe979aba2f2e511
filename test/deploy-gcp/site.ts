import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cloudPlan } from '../../cli/deploy/cloud-plan.ts'
import { type FakeGoogle, startFakeGoogle } from '../support/google/fake-google.ts'
import { make } from '../support/google/standing-stack.ts'
import type { Fate, World } from '../support/pulumi/pulumi-world.ts'
import { agentFiles, type Ended, type Files, root, scratchDirectory, writeProject } from '../support/synth-project.ts'

const cli = process.env.AL_PULUMI

/** Why nothing can be deployed here; nothing where it can. `scripts/pulumi-cli.sh DIR` builds what it takes. */
export const noPulumi =
  cli === undefined || cli === ''
    ? 'AL_PULUMI does not name a Pulumi CLI'
    : existsSync(cli)
      ? undefined
      : `${cli} is not there`

/** A value that may be in Secret Manager and in the file it came from, and nowhere else. */
export const canary = 'sk-ant-api03-canary-3f8b1c6e9d2a7405'

export interface AlOptions {
  readonly env?: Readonly<Record<string, string>>
}

export interface Running {
  readonly child: ChildProcess
  /** Everything on standard error and standard output until now. */
  said(): string
  /** Resolves when a pattern has been said. */
  says(pattern: RegExp): Promise<void>
  readonly ended: Promise<Ended>
}

/** A project of Google Cloud: its REST APIs, what Pulumi's provider makes in it, and `al` as a user of both. */
export interface Site {
  readonly google: FakeGoogle
  /** What exists, by name in the program. */
  names(): string[]
  world(): World
  /** What the provider was asked to do since the last time this was asked: `create agent-dev`. */
  calls(): string[]
  /** What becomes of resources from now on. */
  fates(all: readonly Fate[]): void
  /** Tells Google's own API of the databases that Pulumi's provider has made: a deploy asks it for one that was kept. */
  showDatabases(): void
  /** Lets those go on that wait for this file. */
  release(file: string): void
  /** Directory of Pulumi's state. */
  readonly state: string
  readonly home: string
  al(args: readonly string[], options?: AlOptions): Promise<Ended>
  start(args: readonly string[], options?: AlOptions): Running
  stop(): Promise<void>
}

const cloudConfig = `[model]
provider = "anthropic"
model = "claude-sonnet-4-20250514"
authType = "api_key"

[cloud]
provider = "cloud-run"
gcpProject = "acme-cloud"
region = "europe-west1"
`

export const googleProject = (name: string, files: Files = agentFiles('dev')): string =>
  writeProject({ 'config.toml': cloudConfig, 'environments/preview.toml': '', ...files }, name)

/** Opens a Google Cloud project of its own for projects of al. */
export async function openSite(...projects: readonly string[]): Promise<Site> {
  const google = await startFakeGoogle()
  // What Pulumi makes is known to its provider alone; but build contexts are put into this one.
  for (const project of projects) {
    for (const env of [undefined, 'preview']) {
      const { google: planned } = cloudPlan({ project, ...(env !== undefined && { env }) })
      google.storage.buckets.set(planned?.bucket ?? '', { projectNumber: google.number })
    }
  }
  const home = scratchDirectory()
  const world = join(home, 'world')
  const state = join(home, 'state')
  mkdirSync(world)
  mkdirSync(state)
  const secret = join(home, '.action-llama/credentials/anthropic_key/default/token')
  mkdirSync(dirname(secret), { recursive: true })
  writeFileSync(secret, canary, { mode: 0o600 })
  installProvider(home, world)
  const started = new Set<Running>()
  let told = 0
  const file = (name: string) => join(world, name)
  const read = (): World => (existsSync(file('world.json')) ? JSON.parse(readFileSync(file('world.json'), 'utf8')) : {})

  const start = (args: readonly string[], { env }: AlOptions = {}): Running => {
    showMade(google, read())
    const child = spawn(process.execPath, [join(root, 'cli/main.ts'), ...args], {
      cwd: home,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: `${dirname(cli ?? '')}:${process.env.PATH}`,
        HOME: home,
        ...google.env,
        AL_PULUMI_BACKEND: pathToFileURL(state).href,
        DOCKER_HOST: 'tcp://127.0.0.1:1',
        SOME_TOKEN: canary,
        ...env,
      },
    })
    const said = { stdout: '', stderr: '' }
    const waiting = new Set<() => void>()
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] += text
        for (const look of waiting) look()
      })
    }
    const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...said })))
    const running: Running = {
      child,
      said: () => said.stderr + said.stdout,
      says: (pattern) =>
        new Promise((resolve, reject) => {
          const look = () => {
            if (!pattern.test(said.stderr + said.stdout)) return
            waiting.delete(look)
            resolve()
          }
          waiting.add(look)
          look()
          ended.then(() => reject(new Error(`ended without saying ${pattern}:\n${said.stderr}${said.stdout}`)))
        }),
      ended,
    }
    started.add(running)
    ended.then(() => started.delete(running))
    return running
  }

  return {
    google,
    names: () =>
      Object.values(read())
        .map(({ name }) => name)
        .sort(),
    world: read,
    calls() {
      const all = existsSync(file('calls.log')) ? readFileSync(file('calls.log'), 'utf8').trim().split('\n') : []
      const fresh = all.slice(told)
      told = all.length
      return fresh
    },
    fates: (all) => writeFileSync(file('fates.json'), JSON.stringify(all)),
    showDatabases() {
      for (const id of Object.keys(read())) {
        const [, project, name] = /^projects\/([^/]+)\/databases\/([^/]+)$/.exec(id) ?? []
        if (name !== undefined) google.firestore.databases.set(`${project}/${name}`, { protected: true })
      }
    },
    release: (name) => writeFileSync(file(name), ''),
    state,
    home,
    al: (args, options) => start(args, options).ended,
    start,
    async stop() {
      // Without its directory the provider gives up what it waits for.
      rmSync(home, { recursive: true, force: true })
      for (const { child } of started) child.kill('SIGINT')
      await Promise.all([...started].map(({ ended }) => ended))
      await google.stop()
    },
  }
}

/** What Pulumi has made of these, Google's own APIs tell of, too: a deploy asks whether they are there, a gateway runs jobs. */
function showMade(google: FakeGoogle, world: World): void {
  const { functions, run, pubsub, logging, iam } = google
  for (const all of [
    functions.functions,
    run.services,
    run.jobs,
    pubsub.topics,
    pubsub.subscriptions,
    logging.sinks,
    iam.roles,
  ])
    all.clear()
  const shown =
    /^gcp:(?:cloudfunctionsv2|cloudrunv2\/job:|pubsub\/(?:topic|subscription):|logging|projects\/iAMCustomRole)/
  for (const { type, inputs } of Object.values(world)) if (shown.test(type)) make(google, type, inputs)
}

/** Puts the stand-in where `al` keeps Pulumi's plugins. */
function installProvider(home: string, world: string): void {
  const directory = join(home, '.cache/action-llama/pulumi/plugins/resource-gcp-v9.37.0')
  mkdirSync(directory, { recursive: true })
  const program = join(root, 'test/support/pulumi/google-provider.ts')
  const script = join(directory, 'pulumi-resource-gcp')
  writeFileSync(script, `#!/bin/sh\nexec "${process.execPath}" "${program}" "${world}" "$@"\n`)
  chmodSync(script, 0o755)
}

/** The text of all files below a directory, for those who look for what must not be there. */
export function everythingIn(directory: string): string {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}
