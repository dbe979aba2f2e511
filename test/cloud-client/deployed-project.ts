import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { compileProject } from '../../core/compile.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { formatProblem } from '../../core/project/problem.ts'
import { synthesize } from '../../infra/aws/synth.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { startAl } from '../cli-client/scripted-host.ts'
import { type Ministack, startMinistack } from '../support/ministack.ts'
import { scratchDirectory } from '../support/synth-project.ts'
import { launchRecorder } from './launch-recorder.ts'
import { emulated } from './route-to-emulator.ts'

/** Milliseconds for an emulator to start and projects to be deployed on it, beside other tests. */
export const deployTime = 300_000
export const region = 'eu-west-1'
export const account = '000000000000'
/** Not to be seen in anything that is printed. */
export const gatewayKey = 'canary-key-of-the-gateway-0123456789abcdefgh'
export const webhookSecret = 'canary-webhook-secret'

/** An account on the emulator, in which projects can be deployed. */
export async function emulatedAccount(settings: Readonly<Record<string, string>> = {}) {
  const emulator: Ministack = await startMinistack(settings)
  const launching = await launchRecorder(emulator.endpoint)
  const config = {
    endpoint: emulator.endpoint,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
  const secrets = new SecretsManagerClient(config)
  await secrets.send(new CreateSecretCommand({ Name: keyId, SecretString: gatewayKey }))
  await secrets.send(
    new CreateSecretCommand({ Name: 'action-llama/github_webhook_secret/acme/secret', SecretString: webhookSecret }),
  )
  const preload = `--import=${join(import.meta.dirname, 'route-to-emulator.ts')}`
  const env = { ...emulator.env, NODE_OPTIONS: preload, HOME: scratchDirectory() }
  return {
    emulator,
    config,
    secrets,
    launches: launching.launches,
    /** `al` in a directory, as somebody with this account's credentials. */
    al: (cwd: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      startAl(args, { cwd, env: { ...env, ...more } }),
    deploy: (directory: string, environment?: string) => deploy(directory, environment, emulator, launching.endpoint),
    async stop() {
      await launching.stop()
      await emulator.stop()
    },
  }
}

export const keyId = 'action-llama/gateway_api_key/default/key'
export type EmulatedAccount = Awaited<ReturnType<typeof emulatedAccount>>
export type DeployedProject = Awaited<ReturnType<EmulatedAccount['deploy']>>

/**
 * Deploys the templates of a project as they are. The emulator runs the two functions of the control plane; images are left
 * out, and containers are played by the tests. What the functions launch goes through the recorder.
 */
async function deploy(directory: string, environment: string | undefined, emulator: Ministack, recorder: string) {
  const compiled = compileProject(projectFiles(directory), { provider: 'ecs', environment })
  if (!compiled.ok) throw new Error(compiled.problems.map(formatProblem).join('\n'))
  const { plan } = compiled
  const out = join(scratchDirectory(), 'cdk.out')
  await synthesize(plan, directory, out)
  for (const name of readdirSync(out).filter((one) => one.endsWith('.assets.json'))) withoutImages(join(out, name))
  const outputs = await withEnvironment(emulator.env, async () => {
    const { BootstrapEnvironments, Toolkit } = await import('@aws-cdk/toolkit-lib')
    const toolkit = new Toolkit({
      ioHost: { notify: async () => {}, requestResponse: async ({ defaultResponse }) => defaultResponse },
    })
    await toolkit.bootstrap(BootstrapEnvironments.fromList([`aws://${account}/${region}`]))
    const { stacks } = await toolkit.deploy(await toolkit.fromAssemblyDirectory(out), {})
    return Object.assign({}, ...stacks.map((stack) => stack.outputs)) as Record<string, string>
  })
  const url = outputs.GatewayUrl
  if (url === undefined) throw new Error('the control stack has no output GatewayUrl')
  await throughRecorder(plan, emulator.endpoint, recorder)
  return { directory, plan, url, reachable: emulated(url, emulator.endpoint) }
}

interface AssetManifest {
  readonly files: Readonly<
    Record<string, { readonly destinations: Readonly<Record<string, { assumeRoleArn?: string }>> }>
  >
}

/** Files go up as whoever deploys: the emulator does not let the bootstrap stack's role for that see its bucket. */
function withoutImages(file: string): void {
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as AssetManifest
  for (const { destinations } of Object.values(manifest.files)) {
    for (const destination of Object.values(destinations)) delete destination.assumeRoleArn
  }
  writeFileSync(file, JSON.stringify({ ...manifest, dockerImages: {} }))
}

/** The toolkit reads its environment from the process. */
async function withEnvironment<T>(env: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  const before = { ...process.env }
  Object.assign(process.env, env)
  try {
    return await work()
  } finally {
    for (const name of Object.keys(env)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
}

async function throughRecorder({ names }: Plan, endpoint: string, recorder: string): Promise<void> {
  const lambda = new LambdaClient({ endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } })
  for (const FunctionName of [names.gateway, names.scheduler]) {
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))
    const more = { AWS_ENDPOINT_URL_LAMBDA: recorder, AWS_ENDPOINT_URL_ECS: recorder }
    const Variables = { ...Environment?.Variables, ...more }
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }))
  }
  lambda.destroy()
}

/** Writes events into a stream of a log group, as the log driver of a task or Lambda does. */
export async function writeLog(
  { config }: EmulatedAccount,
  group: string,
  stream: string,
  lines: readonly (readonly [time: number, text: string])[],
): Promise<void> {
  const logs = new CloudWatchLogsClient(config)
  await logs.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName: stream })).catch((error: Error) => {
    if (error.name !== 'ResourceAlreadyExistsException') throw error
  })
  const logEvents = lines.map(([timestamp, message]) => ({ timestamp, message }))
  await logs.send(new PutLogEventsCommand({ logGroupName: group, logStreamName: stream, logEvents }))
  logs.destroy()
}
