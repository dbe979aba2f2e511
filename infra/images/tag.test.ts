import { expect, test } from 'vitest'
import type { FileContent } from './file-tree.ts'
import { imageTag } from './tag.ts'

const tag = (files: Readonly<Record<string, FileContent>>, base?: string) =>
  imageTag(new Map(Object.entries(files)), base)

test('a tag stands for paths, contents, modes and base image, in any order', () => {
  const all = [
    tag({ a: '1', b: '2' }),
    tag({ a: '1', b: '3' }),
    tag({ a: '1', c: '2' }),
    tag({ a: '12', b: '' }),
    tag({ a: { script: Buffer.from('1') }, b: '2' }),
    tag({ a: { target: '1' }, b: '2' }),
    tag({ a: '1', b: '2' }, 'node:24'),
    tag({ a: '1', b: '2' }, 'node:26'),
  ]
  expect(new Set(all).size).toBe(all.length)
  expect(tag({ b: '2', a: Buffer.from('1') })).toBe(all[0])
})
