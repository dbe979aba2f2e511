import { expect, test } from 'vitest'
import { parseSize } from './size.ts'

test.each([
  ['4g', 4096],
  ['4G', 4096],
  ['4Gi', 4096],
  ['4gb', 4096],
  ['4 GiB', 4096],
  ['4096', 4096],
  ['4096m', 4096],
  ['4096Mi', 4096],
  [4096, 4096],
  ['0.5g', 512],
  ['1.2Gi', 1229],
  ['1k', 1],
  ['1025k', 2],
  [0.1, 1],
  [' 512m ', 512],
])('%j is %i MiB, rounded up', (text, mebibytes) => {
  expect(parseSize(text)).toBe(mebibytes)
})

test.each([
  '',
  'g',
  '-1',
  '-4g',
  '0',
  '0g',
  '4x',
  '4gg',
  '1e3',
  '0x10',
  '4t',
  'lots',
  '9'.repeat(30),
  0,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
])('%j is no size', (text) => {
  expect(parseSize(text)).toBeUndefined()
})
