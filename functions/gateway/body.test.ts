import { expect, test } from 'vitest'
import { nestedDeeper, parseObject, readBody } from './body.ts'

const streamed = (chunks: readonly (Uint8Array | Error)[], headers = {}) => {
  const rest = chunks.values()
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const { value, done } = rest.next()
        if (done) controller.close()
        else if (value instanceof Error) controller.error(value)
        else controller.enqueue(value)
      },
    },
    { highWaterMark: 0 },
  )
  return { left: rest, request: new Request('http://localhost/', { method: 'POST', body, duplex: 'half', headers }) }
}
const bytes = (n: number) => new Uint8Array(n)

test('a body of exactly the limit is read, in however many chunks', async () => {
  for (const chunks of [[], [bytes(10)], [bytes(3), bytes(0), bytes(7)]]) {
    const read = await readBody(streamed(chunks).request, 10)
    const size = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)
    expect(read).toMatchObject({ kind: 'read', bytes: { byteLength: size } })
  }
  expect(await readBody(new Request('http://localhost/'), 10)).toMatchObject({ kind: 'read', bytes: { byteLength: 0 } })
})

test('one byte more is refused, and nothing after it is read', async () => {
  const { request, left } = streamed([bytes(10), bytes(1), bytes(1)])
  expect(await readBody(request, 10)).toEqual({ kind: 'too large' })
  expect([...left]).toHaveLength(1)
})

test('what announces too much is not read at all; what announces too little is counted', async () => {
  const much = streamed([bytes(1)], { 'content-length': '11' })
  expect(await readBody(much.request, 10)).toEqual({ kind: 'too large' })
  expect([...much.left]).toHaveLength(1)
  const little = streamed([bytes(11)], { 'content-length': '1' })
  expect(await readBody(little.request, 10)).toEqual({ kind: 'too large' })
})

test('a sender that goes away in the middle is no error of ours', async () => {
  expect(await readBody(streamed([bytes(1), new Error('reset')]).request, 10)).toEqual({ kind: 'broken' })
})

test('only objects are bodies', () => {
  const parse = (text: string) => parseObject(Buffer.from(text))
  expect(parse('{"a":1}')).toEqual({ a: 1 })
  expect(parse('')).toEqual({})
  for (const text of ['[]', 'null', '1', '"x"', '{', '{"a":\xff}']) expect(parse(text)).toBeUndefined()
  expect(parseObject(Buffer.from([0x22, 0xff, 0x22]))).toBeUndefined()
})

test('depth is counted in objects and lists, and a million levels are no trouble', () => {
  expect(nestedDeeper({ a: [1] }, 2)).toBe(false)
  expect(nestedDeeper({ a: [[]] }, 2)).toBe(true)
  expect(nestedDeeper(JSON.parse(`${'['.repeat(1e6)}${']'.repeat(1e6)}`), 64)).toBe(true)
})
