import { expect, test } from 'vitest'
import { asker } from './ask.ts'

const check = { text: 'Deploy?', flag: '--yes' }

test('where nobody can be asked, a question is refused with the flag that answers it', async () => {
  const ask = asker({ isTerminal: false })
  const refused = { exitCode: 2, message: 'there is no terminal to ask in: answer "Deploy?" with --yes' }
  await expect(ask.confirm(check)).rejects.toMatchObject(refused)
  await expect(ask.text(check)).rejects.toMatchObject(refused)
  await expect(ask.choose({ ...check, options: [] })).rejects.toMatchObject(refused)
})

test('where --yes would answer it as well, that is said', async () => {
  const ask = asker({ isTerminal: false })
  const message =
    'there is no terminal to ask in: answer "Whose models?" with --provider <name>; --yes takes what would be offered, here "a"'
  const question = { text: 'Whose models?', flag: '--provider <name>', initial: 'a' }
  await expect(ask.text(question)).rejects.toMatchObject({ message })
  await expect(ask.choose({ ...question, options: [{ value: 'a', label: 'A' }] })).rejects.toMatchObject({ message })
})

test('--yes confirms everything, and takes what would be offered', async () => {
  const ask = asker({ yes: true, isTerminal: false })
  expect(await ask.confirm(check)).toBe(true)
  expect(await ask.text({ ...check, initial: 'eu-west-1' })).toBe('eu-west-1')
  expect(await ask.choose({ ...check, initial: 'a', options: [{ value: 'a', label: 'A' }] })).toBe('a')
  await expect(ask.text(check)).rejects.toMatchObject({ exitCode: 2 })
})
