import { expect, test } from 'vitest'
import { inSamePlace } from './same-place.ts'

const staging = { project: 'acme', env: 'staging' }

test('without -p and -E a text stays as it is', () => {
  const text = 'start it with `al start`'
  expect([inSamePlace(text, {}), inSamePlace(text, { project: '.' })]).toEqual([text, text])
})

test('commands of a text get the -p and -E that were given, each once', () => {
  expect(inSamePlace('`al stat` or `al doctor -c`', staging)).toBe(
    '`al stat -p acme -E staging` or `al doctor -c -p acme -E staging`',
  )
  expect(inSamePlace('`al start -E other`, `al run dev -p there`', staging)).toBe(
    '`al start -E other -p acme`, `al run dev -p there -E staging`',
  )
  expect(inSamePlace('`al stat`', { project: 'my "own" project' })).toBe(`\`al stat -p 'my "own" project'\``)
})

test('commands about no project, and what is no command, stay as they are', () => {
  for (const text of [
    '`al creds add github_token`',
    '`al new <name>`',
    '`al run --help`',
    '`al`',
    '`also`',
    'al stat',
  ]) {
    expect(inSamePlace(text, staging)).toBe(text)
  }
  expect(inSamePlace('`al env init x`', staging)).toBe('`al env init x -p acme`')
})
