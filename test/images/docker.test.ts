import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PublishEffects, publishImages } from '../../infra/aws/images/publish-images.ts'
import { ecrRegistry } from '../../infra/aws/images/registry.ts'
import type { Repository } from '../../infra/aws/images/repository.ts'
import { dockerPublisher } from '../../infra/images/docker-publisher.ts'
import { type Engine, findEngine } from '../docker/engine.ts'
import { type Ministack, noMinistack, startMinistack } from '../support/ministack.ts'
import { account, imageProject, newRepository, progressLog, tagsIn } from './stage.ts'

const found = await findEngine()
if (noMinistack !== undefined) console.warn(`skipped: ${noMinistack}`)

describe.skipIf(found === undefined || noMinistack !== undefined)('images from Docker', { timeout: 400_000 }, () => {
  const { docker, baseImage } = (found ?? {}) as Engine
  const id = randomBytes(8).toString('hex')
  let cloud: Ministack
  let repository: Repository
  beforeAll(async () => {
    cloud = await startMinistack()
    process.env.AWS_ENDPOINT_URL = cloud.endpoint
    // One for all: what images have in common is half a gigabyte, and goes there once.
    repository = await newRepository(cloud.endpoint, 'images')
  }, 60_000)
  afterAll(async () => {
    delete process.env.AWS_ENDPOINT_URL
    const images = await docker.listImages({ filters: { label: [`al.project=${id}`] } })
    for (const { Id } of images) await docker.getImage(Id).remove({ force: true })
    await cloud?.stop()
  }, 60_000)

  /** Publishes a project; `tags` are those that came to the repository since. */
  async function stage(commands: Readonly<Record<string, string>>) {
    const project = imageProject(commands)
    const before = new Set(await tagsIn(cloud.endpoint, repository))
    const effects: PublishEffects = {
      registry: () => ecrRegistry(account, repository),
      publisher: ({ signal }, registry) =>
        dockerPublisher({ docker, registry, platform: 'linux/amd64', project: id, baseImage, signal }),
    }
    return {
      ...project,
      tags: async () => (await tagsIn(cloud.endpoint, repository)).filter((tag) => !before.has(tag)),
      async publish(signal?: AbortSignal, log = progressLog()) {
        const { plan, directory } = project
        const options = { plan, directory, account, builder: 'docker', onProgress: log.onProgress, signal } as const
        return { log, result: await settled(publishImages(options, effects)) }
      },
    }
  }

  test('what the registry lacks is built and pushed under the tag of the assembly; what it has is left alone', async () => {
    const { publish, tags, change } = await stage({ one: 'RUN echo hello', two: 'RUN echo hello' })
    const first = await publish()
    const [one = '', two = ''] = [...(first.result.value ?? [])].map(([, uri]) => uri)
    const hashes = [one, two].map((uri) => uri.replace(`${repository.uri}:`, ''))
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect(await tags()).toEqual([...hashes, ...hashes.map((hash) => `al-demo_default.${hash}`)].sort())
    const steps = first.log.all.map(([, { kind }]) => kind)
    expect(new Set(steps)).toEqual(new Set(['waiting', 'building', 'pushing', 'ready']))

    const again = await publish()
    expect(again.result.value).toEqual(first.result.value)
    expect(again.log.all.map(([, { kind }]) => kind)).toEqual(['waiting', 'waiting', 'ready', 'ready'])

    change('one', 'walk\n')
    const { log } = await publish()
    const built = Object.values(log.outcome()).map((last) => last.kind === 'ready' && last.built)
    expect(built.sort()).toEqual([false, true])
    expect(await tags()).toHaveLength(6)
  })

  test('a failing step is told with what it printed, and the images beside it are there the next time', async () => {
    const { publish, tags } = await stage({ fine: 'RUN echo fine', wrong: 'RUN echo "no such package"; exit 3' })
    const { result, log } = await publish()
    expect(result.error?.name).toBe('ImageBuildError')
    expect(result.error?.message).toMatch(/^image "[^"]*wrong" could not be built: .*returned a non-zero code: 3\n/)
    expect(result.error?.message).toContain('no such package')
    expect(Object.values(log.outcome()).map(({ kind }) => kind)).toContain('failed')
    expect(await tags()).toHaveLength(1)
    expect(Object.values(log.outcome())).toContainEqual(expect.objectContaining({ kind: 'ready', built: true }))
  })

  test('a build that is given up leaves nothing in the registry', async () => {
    const { publish, tags } = await stage({ slow: 'RUN echo begun; sleep 120' })
    const stop = new AbortController()
    const log = progressLog()
    const publishing = publish(stop.signal, log)
    await expect.poll(() => JSON.stringify(log.all), { timeout: 200_000 }).toContain('begun')
    stop.abort()
    expect((await publishing).result.error?.name).toBe('AbortError')
    expect(await tags()).toEqual([])
  })
})

async function settled<T>(promise: Promise<T>): Promise<{ value?: T; error?: Error }> {
  try {
    return { value: await promise }
  } catch (error) {
    return { error: error as Error }
  }
}
