import { nearest } from '../../core/project/nearest.ts'
import { exitCodes, UserError } from '../errors.ts'

const shown = 20

/** For an agent's name that nobody knows: says which there are. */
export function unknownAgent(name: string, known: readonly string[]): UserError {
  const names = known.toSorted().slice(0, shown).join(', ')
  const there = known.length === 0 ? 'the project has none' : `there is ${names}${known.length > shown ? ' …' : ''}`
  const text = JSON.stringify(name.slice(0, 100))
  return new UserError(`there is no agent ${text}${nearest(name, known)}: ${there}`, exitCodes.configuration)
}
