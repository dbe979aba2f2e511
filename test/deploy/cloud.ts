import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ECRClient, PutImageCommand } from '@aws-sdk/client-ecr'
import { type Interference, type RecordingProxy, recordingProxy } from '../support/aws-calls.ts'
import { type Ministack, startMinistack } from '../support/ministack.ts'
import { type Ended, type Files, root, scratchDirectory, writeProject } from '../support/synth-project.ts'

/** An account of an emulator, and `al` as a user of it. */
export interface Cloud {
  readonly ministack: Ministack
  /** For clients of the plain SDK. */
  readonly client: { readonly region: string; readonly endpoint: string; readonly credentials: Keys }
  /** Runs `al` to its end. */
  al(args: readonly string[], options?: AlOptions): Promise<Ended>
  /** Starts `al`, for those who interrupt it. */
  start(args: readonly string[], options?: AlOptions): Running
  /** A proxy before the emulator that can answer in its place; gone with the cloud. */
  proxy(interfere?: Interference): Promise<RecordingProxy>
  /** Images that are in the registry already, as those of an earlier deploy are: nothing has to be built. */
  pushImages(project: string): Promise<void>
  stop(): Promise<void>
}

interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface AlOptions {
  readonly endpoint?: string
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

const region = 'eu-west-1'

/** A project on AWS whose model needs no key: its only secret is that of the gateway. */
export const cloudConfig = `[model]
provider = "bedrock"
model = "anthropic.claude-sonnet-4-20250514-v1:0"

[cloud]
provider = "ecs"
awsRegion = "${region}"
`

export const cloudProject = (name: string, files: Files): string =>
  writeProject({ 'config.toml': cloudConfig, ...files }, name)

export async function openCloud(settings: Readonly<Record<string, string>> = {}): Promise<Cloud> {
  const ministack = await startMinistack(settings)
  const home = scratchDirectory()
  const proxies: RecordingProxy[] = []
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = { region, endpoint: ministack.endpoint, credentials }

  const start = (args: readonly string[], { endpoint, env }: AlOptions = {}): Running => {
    const child = spawn(process.execPath, [join(root, 'cli/main.ts'), ...args], {
      cwd: home,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: home,
        ...ministack.env,
        ...(endpoint !== undefined && { AWS_ENDPOINT_URL: endpoint }),
        ...env,
      },
    })
    let stdout = ''
    let stderr = ''
    const waiting = new Set<() => void>()
    child.stdout.on('data', (chunk) => {
      stdout += chunk
      for (const look of waiting) look()
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
      for (const look of waiting) look()
    })
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (code) => {
        resolve({ code, stdout, stderr })
        for (const look of waiting) look()
      })
    })
    const said = () => stderr + stdout
    return {
      child,
      said,
      ended,
      says: (pattern) =>
        new Promise((resolve, reject) => {
          const look = () => {
            if (pattern.test(said())) waiting.delete(look) && resolve()
            else if (child.exitCode !== null) reject(new Error(`it ended without saying ${pattern}:\n${said()}`))
          }
          waiting.add(look)
          look()
        }),
    }
  }
  const al = async (args: readonly string[], options?: AlOptions) => await start(args, options).ended

  return {
    ministack,
    client,
    start,
    al,
    async proxy(interfere) {
      const made = await recordingProxy(ministack.endpoint, interfere)
      proxies.push(made)
      return made
    },
    async pushImages(project) {
      const out = join(scratchDirectory(), 'out')
      const { code, stderr } = await al(['synth', '-p', project, '-o', out])
      if (code !== 0) throw new Error(stderr)
      const ecr = new ECRClient(client)
      for (const [repositoryName, imageTag] of imagesIn(out)) {
        const imageManifest = JSON.stringify({
          schemaVersion: 2,
          mediaType: manifestType,
          config: {},
          layers: [],
          imageTag,
        })
        await ecr.send(
          new PutImageCommand({ repositoryName, imageTag, imageManifest, imageManifestMediaType: manifestType }),
        )
      }
    },
    async stop() {
      for (const proxy of proxies) await proxy.stop()
      await ministack.stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json'

interface AssetManifest {
  readonly dockerImages?: Readonly<
    Record<string, { readonly destinations: Readonly<Record<string, { repositoryName: string; imageTag: string }>> }>
  >
}

/** Repository and tag of every image that an assembly names. */
function imagesIn(out: string): [string, string][] {
  const manifests = readdirSync(out).filter((name) => name.endsWith('.assets.json'))
  const images = manifests.flatMap((name) => {
    const { dockerImages = {} } = JSON.parse(readFileSync(join(out, name), 'utf8')) as AssetManifest
    return Object.values(dockerImages).flatMap(({ destinations }) => Object.values(destinations))
  })
  const unique = new Map(images.map(({ repositoryName, imageTag }) => [imageTag, repositoryName]))
  return [...unique].map(([tag, repository]) => [repository.replace(/\$\{AWS::AccountId\}/, '000000000000'), tag])
}
