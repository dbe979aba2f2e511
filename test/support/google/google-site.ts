import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type Ended, type Files, model, root, scratchDirectory, writeProject } from '../synth-project.ts'
import { type FakeGoogle, startFakeGoogle } from './fake-google.ts'

/** Google Cloud on loopback, and `al` as a user of it. */
export interface GoogleSite {
  readonly google: FakeGoogle
  /** Where this user's credentials are: `AL_CREDENTIALS_HOME`. */
  readonly credentials: string
  /** Everything that was printed, for tests of what must not be. */
  readonly printed: readonly string[]
  /** Runs `al` to its end. */
  al(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  /** Throws when a request was not as Google wants it. */
  stop(): Promise<void>
}

const googleConfig = `${model}
[cloud]
provider = "cloud-run"
gcpProject = "acme-cloud"
region = "europe-west1"
`

export const googleProject = (name: string, files: Files, more = ''): string =>
  writeProject({ 'config.toml': `${more}${googleConfig}`, ...files }, name)

export async function openGoogleSite(): Promise<GoogleSite> {
  const google = await startFakeGoogle()
  const home = scratchDirectory()
  const credentials = scratchDirectory()
  const printed: string[] = []
  return {
    google,
    credentials,
    printed,
    async al(args, env) {
      const child = spawn(process.execPath, [join(root, 'cli/main.ts'), ...args], {
        cwd: home,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env.PATH, HOME: home, AL_CREDENTIALS_HOME: credentials, ...google.env, ...env },
      })
      const [stdout, stderr, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        new Promise<number | null>((resolve) => child.once('close', resolve)),
      ])
      printed.push(stdout, stderr)
      return { code, stdout, stderr }
    },
    stop: google.stop,
  }
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
