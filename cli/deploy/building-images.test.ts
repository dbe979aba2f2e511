import { expect, test } from 'vitest'
import type { Message } from '../ui/ui.ts'
import { baseImageFor } from './building-images.ts'

test('an image on another base never gets the tag that all who deploy these files share', () => {
  const said: Message[] = []
  const ui = { emit: (event: Message) => void said.push(event) }
  expect(baseImageFor({ AL_BASE_IMAGE: 'mine:1' }, ui)).toBeUndefined()
  expect(
    baseImageFor({ AL_BASE_IMAGE: 'mine:1', AWS_ENDPOINT_URL: 'https://localhost.example.com' }, ui),
  ).toBeUndefined()
  expect(said).toMatchObject([{ kind: 'note', text: expect.stringContaining('AL_BASE_IMAGE is not used') }, {}])
  expect(baseImageFor({ AL_BASE_IMAGE: 'mine:1', AWS_ENDPOINT_URL: 'http://localhost:4566' }, ui)).toBe('mine:1')
  expect(baseImageFor({}, ui)).toBeUndefined()
})
