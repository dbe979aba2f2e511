import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import { namePattern } from '../../core/project/schema/fields.ts'
import { agentToml, modelToml, projectInMemory } from '../../core/project/testing/project-in-memory.ts'
import { gcpProgram } from '../../infra/gcp/program.ts'
import { recordResources } from '../../infra/gcp/record-resources.ts'
import { stackPlace } from '../../infra/gcp/stack-place.ts'
import { bindingsIn, google, ofGoogleType, synthGoogle } from '../support/synth-google.ts'
import { agentFiles, type Files, only, writeProject } from '../support/synth-project.ts'

const synth = (files: Files) => synthGoogle(writeProject(files))
const small = synth({
  'config.toml': google,
  ...agentFiles('a', 'schedule = "0 6 * * 1"\ntimezone = "Europe/Berlin"\n'),
})
const gatewayUrl = /^https:\/\/al-demo-default-[0-9a-f]{6}-gateway-\$\{number\}\.europe-west1\.run\.app$/

test('an agent is started once, by its own account, for as long as the plan says', async () => {
  const { plan, resources } = await small
  const [agent] = plan.agents
  expect(only(ofGoogleType({ resources }, 'gcp:cloudrunv2/job:Job'))).toMatchObject({
    name: agent?.resource,
    labels: { 'al-project': 'demo', 'al-environment': 'default', 'al-agent': 'a' },
    template: {
      taskCount: 1,
      template: {
        maxRetries: 0,
        timeout: `${agent?.limitSeconds}s`,
        serviceAccount: '${agent-a.email}',
        containers: [
          {
            image: expect.stringMatching(/\/base:[0-9a-f]{64}$/),
            resources: { limits: { cpu: '2', memory: '4096Mi' } },
          },
        ],
      },
    },
  })
})

test('whoever calls from within comes with a token for the gateway, of the one account it knows', async () => {
  const { plan, resources } = await small
  const { serviceConfig } = only(ofGoogleType({ resources }, 'gcp:cloudfunctionsv2/function:Function'))
  const { environmentVariables } = serviceConfig as { environmentVariables: Record<string, string> }
  expect(environmentVariables).toEqual({
    AL_PROJECT: 'acme-prod',
    AL_REGION: 'europe-west1',
    AL_GATEWAY_URL: expect.stringMatching(gatewayUrl),
    AL_SCHEDULER_ACCOUNT: `${plan.google?.accounts.caller}@acme-prod.iam.gserviceaccount.com`,
  })
  const audience = environmentVariables.AL_GATEWAY_URL
  const token = { serviceAccountEmail: '${caller.email}', audience }
  const jobs = ofGoogleType({ resources }, 'gcp:cloudscheduler/job:Job').map(({ schedule, timeZone, httpTarget }) => ({
    schedule,
    timeZone,
    ...(httpTarget as object),
  }))
  expect(jobs).toEqual([
    {
      schedule: '* * * * *',
      timeZone: 'Etc/UTC',
      httpMethod: 'POST',
      uri: `${audience}/internal/sweep`,
      oidcToken: token,
    },
    {
      schedule: '0 6 * * 1',
      timeZone: 'Europe/Berlin',
      httpMethod: 'POST',
      uri: `${audience}/internal/tick?agent=a`,
      oidcToken: token,
    },
  ])
  expect(only(ofGoogleType({ resources }, 'gcp:pubsub/subscription:Subscription')).pushConfig).toEqual({
    pushEndpoint: `${audience}/internal/stopped`,
    oidcToken: token,
  })
})

test('the end of an execution is told by the audit log, for jobs of this project', async () => {
  const { plan, resources } = await small
  const { filter, destination } = only(ofGoogleType({ resources }, 'gcp:logging/projectSink:ProjectSink'))
  expect(destination).toBe(`pubsub.googleapis.com/projects/acme-prod/topics/${plan.google?.stopped.name}`)
  const [, start = ''] = /job_name=~"\^([^"]+)"/.exec(String(filter)) ?? []
  expect(plan.agents.every(({ resource }) => resource.startsWith(start))).toBe(true)
  expect(start).toBe('al-demo-default')
})

test('the code of the gateway is not public, and no object of it is kept for nothing', async () => {
  const { resources } = await small
  expect(only(ofGoogleType({ resources }, 'gcp:storage/bucket:Bucket'))).toMatchObject({
    publicAccessPrevention: 'enforced',
    uniformBucketLevelAccess: true,
    forceDestroy: true,
  })
  const { name, source } = only(ofGoogleType({ resources }, 'gcp:storage/bucketObject:BucketObject'))
  const { archive: path } = source as { archive: string }
  expect(path).toMatch(/^asset\.[0-9a-f]{64}$/)
  expect(name).toBe(`gateway-${path.slice('asset.'.length)}.zip`)
})

describe('state', () => {
  const stateOf = async (more: string) => {
    const { resources } = await synth({ 'config.toml': google + more, ...agentFiles('a') })
    return only(resources.filter(({ name }) => name === 'state'))
  }

  test('outlives its project, and cannot be deleted by accident', async () => {
    const { properties, retainOnDelete } = await stateOf('')
    expect(retainOnDelete).toBe(true)
    expect(properties).toMatchObject({
      type: 'FIRESTORE_NATIVE',
      deleteProtectionState: 'DELETE_PROTECTION_ENABLED',
      deletionPolicy: 'ABANDON',
    })
  })

  test('of a disposable project goes with it', async () => {
    const { properties, retainOnDelete } = await stateOf('disposable = true\n')
    expect(retainOnDelete).toBeUndefined()
    expect(properties).toMatchObject({
      deleteProtectionState: 'DELETE_PROTECTION_DISABLED',
      deletionPolicy: 'DELETE',
    })
  })

  test('has an expiry and no index, on each field of the items that the store writes', async () => {
    const fields = ofGoogleType(await small, 'gcp:firestore/field:Field')
    expect(
      fields.map(({ field, collection, indexConfig, ttlConfig }) => [collection, field, indexConfig, ttlConfig]),
    ).toEqual([
      ['i', 'data', {}, undefined],
      ['i', 'expiresAt', {}, {}],
      ['i', 'version', {}, undefined],
    ])
  })
})

test('nobody is given a right on an optional secret that was never stored', async () => {
  const compiled = compileProject(
    projectInMemory({
      'config.toml': modelToml,
      'agents/a/agent-config.toml': `${agentToml}credentials = ["git_ssh"]\n`,
    }),
    { provider: 'cloud-run' },
  )
  if (!compiled.ok) throw new Error('it does not compile')
  const readable = async (absentSecrets: ReadonlySet<string>) => {
    const inputs = {
      projectNumber: '1',
      images: new Map([['base', 'image']]),
      code: { directory: 'code', hash: 'c0de' },
      absentSecrets,
    }
    const resources = await recordResources(gcpProgram(compiled.plan, inputs), stackPlace(compiled.plan))
    return bindingsIn({ resources }).flatMap(({ member, properties: { secretId } }) =>
      secretId === undefined || member !== '${agent-a.member}' ? [] : [String(secretId)],
    )
  }
  const all = await readable(new Set())
  expect(all).toContain('action-llama--git_ssh--default--id_rsa')
  expect(await readable(new Set(['action-llama--git_ssh--default--id_rsa']))).toEqual(
    all.filter((id) => !id.endsWith('id_rsa')),
  )
})

describe('names', () => {
  const name = fc
    .oneof(
      fc.stringMatching(/^[ab](-?[ab]){0,4}$/),
      fc.stringMatching(/^[a-c0-9][a-c0-9-]{0,61}[a-c0-9]$/),
      fc.integer({ min: 20, max: 63 }).map((length) => 'x'.repeat(length)),
      fc.constantFrom('gateway', 'caller', 'builder', 'a-gateway', 'constructor'),
    )
    .filter((text) => namePattern.test(text) && text !== 'default')
  const planOf = (project: string, environment: string, agents: readonly string[]) => {
    const files = Object.fromEntries(agents.map((agent) => [`agents/${agent}/agent-config.toml`, agentToml]))
    const cloud =
      '[cloud]\nprovider = "cloud-run"\ngcpProject = "p23456-89-123456-89-123456-890"\nregion = "northamerica-northeast1"\n'
    const compiled = compileProject(
      projectInMemory({
        'config.toml': `projectName = "${project}"\n${modelToml}${cloud}`,
        [`environments/${environment}.toml`]: '',
        ...files,
      }),
      { environment },
    )
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
    return compiled.plan
  }

  test('fit where Google takes them, whatever project, environment and agent are called', () => {
    fc.assert(
      fc.property(name, name, name, (project, environment, agent) => {
        const { agents, names, google } = planOf(project, environment, [agent])
        const [one] = agents
        if (google === undefined || one === undefined) throw new Error('nothing is planned')
        for (const id of [...Object.values(google.accounts), one.account]) {
          expect(id).toMatch(/^[a-z](?:[-a-z0-9]{4,28}[a-z0-9])$/)
        }
        expect(one.resource).toMatch(/^[a-z](?:[-a-z0-9]{0,47}[a-z0-9])?$/)
        // With a hyphen and the number of the project it is a label of a host name.
        expect(names.gateway).toMatch(/^[a-z][-a-z0-9]{0,47}[a-z0-9]$/)
        expect(names.table).toMatch(/^[a-z][-a-z0-9]{2,61}[a-z0-9]$/)
        expect(google.bucket).toMatch(/^[a-z0-9][-a-z0-9]{1,61}[a-z0-9]$/)
        expect(google.repository).toMatch(/^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])$/)
        expect(google.stopped.name).toMatch(/^[A-Za-z][\w.~+%-]{2,99}$/)
        for (const { name } of google.clock) expect(name).toMatch(/^[A-Za-z0-9_-]{1,500}$/)
        for (const { name } of google.roles) expect(name).toMatch(/^[A-Za-z0-9_.]{3,64}$/)
        for (const value of Object.values(google.labels)) expect(value).toMatch(/^[a-z0-9_-]{0,63}$/)
        for (const { id } of one.secrets) expect(id).toMatch(/^[A-Za-z0-9_-]{1,255}$/)
        const [, start = '?'] = /job_name=~"\^([^"]+)"/.exec(google.stopped.filter) ?? []
        expect(one.resource.startsWith(start)).toBe(true)
      }),
      // Cut between hyphens: no end of an execution was heard of.
      { numRuns: 300, examples: [['x'.repeat(32), 'a0-a--a', 'x'.repeat(20)]] },
    )
  })

  test('of a thousand agents with one long name in front are a thousand', () => {
    const agents = Array.from({ length: 1000 }, (_, i) => `${'x'.repeat(55)}-${i}`)
    const plan = planOf('y'.repeat(63), 'z'.repeat(63), agents)
    expect(new Set(plan.agents.map(({ account }) => account)).size).toBe(1000)
    expect(new Set(plan.agents.map(({ resource }) => resource)).size).toBe(1000)
  })
})
