import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { cachedBundle } from '../build/cached-bundle.ts'
import { tempDirectory } from './support/temp-project.ts'

function checkout() {
  const root = tempDirectory()
  /** Writes a file as if it had been there for a while. */
  const write = (path: string, text: string, age = 60) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    const then = Date.now() / 1000 - age
    utimesSync(join(root, path), then, then)
  }
  write('node_modules/.package-lock.json', '{}')
  write('docker/commands/main.ts', "import { word } from './word.ts'\nconsole.log(word)")
  write('docker/commands/word.ts', "export const word = 'one'")
  const text = async () => {
    const [[name, bytes] = ['', new Uint8Array()]] = await cachedBundle('docker/commands', root)
    return `${name}: ${Buffer.from(bytes).toString()}`
  }
  const kept = () => readdirSync(join(root, 'node_modules/.cache/action-llama/docker')).length
  return { root, write, text, kept }
}

test('a bundle is kept, and built again when a file of it, or a version of a package, has changed', async () => {
  const { write, text, kept } = checkout()
  const first = await text()
  expect(first).toMatch(/^commands\.mjs: .*"one"/s)
  expect(await text()).toBe(first)
  expect(kept()).toBe(1)
  // As many bytes as before.
  write('docker/commands/word.ts', "export const word = 'two'", 30)
  expect(await text()).toContain('"two"')
  expect(await text()).toContain('"two"')
})

test('what changes while it is being built is not kept', async () => {
  const { root, write, text } = checkout()
  write('docker/commands/word.ts', "export const word = 'now'", -5)
  expect(await text()).toContain('"now"')
  expect(() => readdirSync(join(root, 'node_modules/.cache'))).toThrow('ENOENT')
})

test('a file of the cache that cannot be read is made anew', async () => {
  const { root, text } = checkout()
  const first = await text()
  writeFileSync(join(root, 'node_modules/.cache/action-llama/docker/commands.bin'), 'torn')
  expect(await text()).toBe(first)
})
