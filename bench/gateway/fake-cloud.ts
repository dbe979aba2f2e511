import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { httpWithoutFetch } from '../../build/http-without-fetch.ts'
import { compileProject } from '../../core/compile.ts'
import { functionCode } from '../../infra/aws/function-code.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { startFakeAws } from '../../test/support/fake-aws.ts'
import { writeProject } from '../project.ts'
import { agentName, agents, secret, signedBodies } from './project.ts'

/**
 * An AWS on loopback, as a process of its own, and a directory with what a deploy would put into the gateway's function.
 * Says in a line of JSON what the processes that are measured need to know.
 */
const [, , directory = ''] = process.argv
const root = join(import.meta.dirname, '..', '..')
const project = writeProject(join(directory, 'project'), agents)
// One agent for each repository, so that a delivery starts one of them.
for (let i = 0; i < agents; i++) {
  const trigger = `[[webhooks]]\nsource = "github"\nevents = ["issues"]\nrepos = ["acme/repo-${i}"]\n`
  writeFileSync(
    join(project, 'agents', agentName(i), 'agent-config.toml'),
    `credentials = ["github_token"]\n${trigger}`,
  )
}
const compiled = compileProject(projectFiles(project, join(directory, 'home')), { provider: 'ecs' })
if (!compiled.ok) throw new Error('the project of the bench does not compile')
const { plan } = compiled
const aws = await startFakeAws(plan)
for (const { id } of plan.gateway.secrets) aws.secrets.set(id, secret)

const code = join(directory, 'gateway')
mkdirSync(code, { recursive: true })
const { gateway } = await functionCode(plan)
for (const [name, content] of gateway) {
  if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(join(code, name), content)
}

const [delivery] = signedBodies()
writeFileSync(
  join(directory, 'event.json'),
  JSON.stringify({
    version: '2.0',
    routeKey: '$default',
    rawPath: '/webhooks/github',
    rawQueryString: '',
    headers: {
      host: 'bench.example.com',
      'content-type': 'application/json',
      'x-github-event': 'issues',
      'x-github-delivery': 'bench',
      'x-hub-signature-256': delivery?.signature,
    },
    requestContext: { http: { method: 'POST', path: '/webhooks/github', sourceIp: '192.0.2.1' }, requestId: 'bench' },
    body: delivery?.body.toString('base64'),
    isBase64Encoded: true,
  }),
)

const clients = ['dynamodb', 'lambda', 'ecs', 'secrets-manager'].map(
  (name) => `export * as ${name.replace('-', '')} from '@aws-sdk/client-${name}'`,
)
await build({
  stdin: {
    contents: `${clients.join('\n')}\nimport { DynamoDBClient } from '@aws-sdk/client-dynamodb'\nnew DynamoDBClient({})`,
    resolveDir: root,
  },
  outfile: join(directory, 'clients.mjs'),
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  logLevel: 'error',
  // As our own bundles are built; without it the clients alone would load `fetch` as well.
  plugins: [httpWithoutFetch],
})
const env = {
  ...aws.env,
  AL_TABLE: plan.names.table,
  AL_GATEWAY_URL: 'https://bench.example.com',
  AL_CLUSTER: plan.cluster?.name,
  AL_SUBNETS: 'subnet-1',
}
console.log(JSON.stringify(env))
