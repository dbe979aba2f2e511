import { gunzipSync } from 'node:zlib'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { CodeBuildClient } from '@aws-sdk/client-codebuild'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { cloudPublisher } from '../../infra/aws/images/cloud-publisher.ts'
import { contextTar } from '../../infra/images/build-image.ts'
import { type Ministack, noMinistack, startMinistack } from '../support/ministack.ts'
import { type Call, scriptedCodeBuild } from './scripted-codebuild.ts'
import { account, imageProject, progressLog } from './stage.ts'

if (noMinistack !== undefined) console.warn(`skipped: ${noMinistack}`)

const bucket = 'cdk-hnb659fds-assets-000000000000-us-east-1'
const patience = { timeout: 30_000 }
const inProgress = (currentPhase: string) => ({ buildStatus: 'IN_PROGRESS', currentPhase })
const succeeded = { buildStatus: 'SUCCEEDED', currentPhase: 'COMPLETED' }
const context = new Map([
  ['Dockerfile', 'FROM scratch\n'],
  ['file', 'content\n'],
])
const image = { key: 'agent:a', context, tag: 'f'.repeat(64), reference: `registry/repository:${'f'.repeat(64)}` }

describe.skipIf(noMinistack !== undefined)('images from CodeBuild', { timeout: 60_000 }, () => {
  let cloud: Ministack
  let s3: S3Client
  beforeAll(async () => {
    cloud = await startMinistack()
    s3 = new S3Client({ ...account, endpoint: cloud.endpoint, forcePathStyle: true })
    await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  }, 60_000)
  afterAll(() => cloud?.stop())

  const objects = async () => (await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []

  async function stage(start: Parameters<typeof scriptedCodeBuild>[0], signal?: AbortSignal) {
    const { endpoint, calls, stop } = await scriptedCodeBuild(start)
    onTestFinished(stop)
    const { plan } = imageProject({ a: '' })
    const at = { ...account, endpoint, maxAttempts: 1 }
    const clients = { s3, codeBuild: new CodeBuildClient(at), logs: new CloudWatchLogsClient(at) }
    const log = progressLog()
    const publisher = cloudPublisher({ plan, account, clients, polling: 5, signal })
    return { calls, log, publish: () => publisher.publish(image, (progress) => log.onProgress(image.key, progress)) }
  }

  test('a build is given its context and its name, is followed, and leaves no object behind', async () => {
    let uploaded: Uint8Array | undefined
    const looks = ['PROVISIONING', 'PROVISIONING', 'BUILD'].map(inProgress)
    const { calls, log, publish } = await stage(() => ({ looks: [...looks, succeeded] }))
    const publishing = publish()
    await expect.poll(() => calls.length, patience).toBeGreaterThan(0)
    const [object] = await objects()
    if (object !== undefined) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: object.Key }))
      uploaded = await Body?.transformToByteArray()
    }
    await publishing
    expect(calls[0]).toMatchObject({
      operation: 'StartBuild',
      body: {
        projectName: 'al-demo_default-builder',
        environmentVariablesOverride: [
          {
            name: 'AL_CONTEXT',
            value: expect.stringMatching(new RegExp(`^s3://${bucket}/al-builds/al-demo_default/f{64}-`)),
          },
          { name: 'AL_IMAGE', value: image.reference },
        ],
      },
    })
    if (uploaded !== undefined) expect(gunzipSync(uploaded)).toEqual(Buffer.concat([...contextTar(context)]))
    expect(log.of(image.key).flatMap((one) => (one.kind === 'remote' ? [one.line] : []))).toEqual([
      expect.stringMatching(/^uploading \d+ KiB$/),
      'provisioning',
      'build',
      'completed',
    ])
    expect(await objects()).toEqual([])
  })

  test('a build that fails is told with its phase and the end of its log', async () => {
    const failed = {
      buildStatus: 'FAILED',
      currentPhase: 'COMPLETED',
      phases: [
        { phaseType: 'PRE_BUILD', phaseStatus: 'SUCCEEDED' },
        { phaseType: 'BUILD', phaseStatus: 'FAILED', contexts: [{ message: 'docker build: exit status 1' }] },
      ],
    }
    const lines = ['[Container] 2026/11/21 10:00:00.123 Running command docker build\n', 'npm: not found\n', '\n']
    const { publish } = await stage(() => ({ looks: [failed], log: lines }))
    await expect(publish()).rejects.toThrow(
      'image "agent:a" could not be built: BUILD: docker build: exit status 1\nRunning command docker build\nnpm: not found',
    )
    expect(await objects()).toEqual([])
  })

  test('a build that is given up is stopped', async () => {
    const stop = new AbortController()
    const { calls, publish } = await stage(() => ({ looks: [inProgress('BUILD')] }), stop.signal)
    const publishing = publish().catch((error: Error) => error)
    await expect.poll(() => calls.map(({ operation }) => operation), patience).toContain('BatchGetBuilds')
    stop.abort()
    expect(await publishing).toMatchObject({ name: 'AbortError' })
    expect(calls.at(-1)).toMatchObject({ operation: 'StopBuild', body: { id: 'builder:0' } })
    expect(await objects()).toEqual([])
  })

  test('an account that may not build says so, instead of waiting for ever', async () => {
    const { publish } = await stage(() => 'AccountLimitExceededException')
    await expect(publish()).rejects.toThrow(/^Cannot have more than 1 builds in queue; ask for a higher quota/)
    expect(await objects()).toEqual([])
  })

  test('without its project, it says that the control stack is missing', async () => {
    const { publish } = await stage(() => 'ResourceNotFoundException')
    await expect(publish()).rejects.toThrow('there is no CodeBuild project "al-demo_default-builder"')
  })

  test('a build that the quota keeps out waits for those that are running', async () => {
    const starts = (calls: readonly Call[]) => calls.filter(({ operation }) => operation === 'StartBuild').length
    // The first one ends when the second one has been refused.
    const looks = (calls: readonly Call[]) => (starts(calls) > 1 ? succeeded : inProgress('BUILD'))
    const start = (calls: readonly Call[]) => (starts(calls) === 1 ? 'AccountLimitExceededException' : { looks })
    const { calls, publish } = await stage(start)
    const first = publish()
    await expect.poll(() => calls.map(({ operation }) => operation), patience).toContain('BatchGetBuilds')
    await Promise.all([first, publish()])
    expect(starts(calls)).toBe(3)
  })
})
