import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { buildImages } from '../../infra/images/build.ts'
import type { ImageProgress } from '../../infra/images/build-progress.ts'
import { tempProject } from '../support/temp-project.ts'
import { type Engine, findEngine } from './engine.ts'

const found = await findEngine()

/** A project whose images differ by a line. */
function imageProject({ docker, baseImage }: Engine) {
  const project = { name: 'My Project', id: randomBytes(6).toString('hex') }
  const directory = tempProject({ 'agents/one/run.txt': 'run\n', 'agents/two/run.txt': 'run\n' })
  const progress: [string, ImageProgress][] = []
  const filters = { label: [`al.project=${project.id}`] }
  onTestFinished(async () => {
    for (const { Id } of await docker.listContainers({ all: true, filters }))
      await docker.getContainer(Id).remove({ v: true })
    for (const { RepoTags } of await docker.listImages({ filters })) {
      for (const tag of RepoTags ?? []) await docker.getImage(tag).remove({ force: true })
    }
  })
  return {
    project,
    progress,
    tags: async () => (await docker.listImages({ filters })).flatMap(({ RepoTags }) => RepoTags ?? []).sort(),
    change: (text: string) => writeFileSync(join(directory, 'agents/one/run.txt'), text),
    build(commands: Readonly<Record<string, string>>, signal?: AbortSignal) {
      progress.length = 0
      const images = Object.entries(commands).map(([key, command]) => ({
        key,
        agent: `FROM al-agent\nCOPY run.txt /run.txt\n${command}\n`,
        context: `agents/${key}`,
      }))
      const onProgress = (key: string, now: ImageProgress) => progress.push([key, now])
      return buildImages({ docker, images, projectDirectory: directory, project, baseImage, onProgress, signal })
    },
    /** The last word on each image. */
    outcome: () => Object.fromEntries(progress.map(([key, { kind, ...rest }]) => [key, { kind, ...rest }])),
  }
}

describe.skipIf(found === undefined)('images', { timeout: 240_000 }, () => {
  const engine = found as Engine

  test('only what has changed is built, and each step is told', async () => {
    const one = imageProject(engine)
    const first = await one.build({ one: 'RUN echo hello', two: 'RUN echo hello' })
    expect([...first.values()].join(' ')).toMatch(/^al-my-project-\w{8}-one:\w{20} al-my-project-\w{8}-two:\w{20}$/)
    expect(one.outcome()).toMatchObject({ one: { kind: 'ready', built: true }, two: { kind: 'ready', built: true } })
    expect(one.progress.map(([, now]) => now)).toContainEqual({
      kind: 'building',
      step: 1,
      steps: expect.any(Number),
      line: expect.stringMatching(/^Step 1\//),
    })
    expect(one.progress.map(([, now]) => now)).toContainEqual(expect.objectContaining({ line: 'hello' }))

    const again = await one.build({ one: 'RUN echo hello', two: 'RUN echo hello' })
    expect(again).toEqual(first)
    expect(one.outcome()).toMatchObject({ one: { built: false }, two: { built: false } })

    one.change('walk\n')
    await one.build({ one: 'RUN echo hello', two: 'RUN echo hello' })
    expect(one.outcome()).toMatchObject({ one: { built: true }, two: { built: false } })
  })

  test('a build that fails says which image, why, and what was printed last', async () => {
    const one = imageProject(engine)
    const building = one.build({ one: 'RUN for i in $(seq 40); do echo line $i; done; exit 3' })
    const error = await building.then(
      () => undefined,
      (error: Error) => error,
    )
    expect(error?.message).toMatch(/^image "one" could not be built: .*returned a non-zero code: 3\n/)
    expect(error?.message).toMatch(/line 39\nline 40$/)
    expect(error?.message).not.toContain('line 10\n')
    expect(one.outcome()).toMatchObject({ one: { kind: 'failed' } })
  })

  test('the image before the current one is kept, older ones go unless a container uses them', async () => {
    const one = imageProject(engine)
    const references: string[] = []
    for (const text of ['1', '2', '3', '4']) {
      one.change(text)
      const built = await one.build({ one: 'ENTRYPOINT ["true"]' })
      references.push(built.get('one') ?? '')
      if (text === '1')
        await engine.docker.createContainer({ Image: references[0], Labels: { 'al.project': one.project.id } })
    }
    const [used, , before, current] = references
    expect(await one.tags()).toEqual([used, before, current].sort())
  })

  test('a build can be given up', async () => {
    const one = imageProject(engine)
    const stop = new AbortController()
    const building = one.build({ one: 'RUN echo begun; sleep 60' }, stop.signal)
    await expect.poll(() => JSON.stringify(one.progress), { timeout: 200_000 }).toContain('begun')
    stop.abort()
    await expect(building).rejects.toThrow('aborted')
    expect(await one.tags()).toEqual([])
  })
})
