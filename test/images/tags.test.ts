import { describe, expect, test } from 'vitest'
import { temporaryAssembly } from '../../infra/aws/deploy/assembly.ts'
import { publishImages } from '../../infra/aws/images/publish-images.ts'
import type { Registry } from '../../infra/aws/images/registry.ts'
import { account, imageProject } from './stage.ts'

/** A registry that has nothing, until it is told. */
function emptyRegistry() {
  const tags = new Set<string>()
  const never = () => Promise.reject(new Error('not asked'))
  const registry: Registry = {
    repository: { name: 'agents', uri: 'registry/agents', registry: account.account, given: false },
    missing: async (wanted) => new Set(wanted.filter((tag) => !tags.has(tag))),
    addTag: async (_, added) => void tags.add(added),
    removeTags: never,
    images: never,
    login: never,
    policy: never,
  }
  const publisher = {
    atOnce: 1,
    sharesLayers: false,
    publish: async ({ tag }: { tag: string }) => void tags.add(tag),
  }
  return { tags, effects: { registry: () => registry, publisher: () => publisher } }
}

const builder = 'cloud'

describe('the tag of an image', { timeout: 60_000 }, () => {
  test('is what the assembly names, and another one for each processor: environments share the repository', async () => {
    const published: string[] = []
    for (const architecture of ['x86_64', 'arm64']) {
      const { plan, directory } = imageProject({ a: '' }, `architecture = "${architecture}"\n`)
      const assembly = await temporaryAssembly(plan, directory)
      const { effects, tags } = emptyRegistry()
      await publishImages({ plan, directory, account, builder, named: assembly.imageTags }, effects)
      expect([...tags].filter((tag) => !tag.includes('.'))).toEqual([...assembly.imageTags])
      published.push(...assembly.imageTags)
      assembly.remove()
    }
    expect(new Set(published).size).toBe(2)
  })

  test('is not made from files that have changed since the deploy was shown: nothing is built', async () => {
    const { plan, directory, change } = imageProject({ a: '' })
    const assembly = await temporaryAssembly(plan, directory)
    change('a', 'somebody saves a file while the deploy asks\n')
    const { effects, tags } = emptyRegistry()
    await expect(
      publishImages({ plan, directory, account, builder, named: assembly.imageTags }, effects),
    ).rejects.toThrow(/the files of image "agent:a" have changed since this deploy began/)
    expect(tags).toEqual(new Set())
    assembly.remove()
  })
})
