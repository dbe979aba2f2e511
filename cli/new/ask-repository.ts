import { checkoutOf } from '../ci/checkout.ts'
import { exitCodes, UserError } from '../errors.ts'
import type { Ask } from '../ui/ask.ts'
import { noRepository } from './templates.ts'

const check = (repo: string): string | undefined =>
  /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[A-Za-z0-9._-]{1,100}$/.test(repo)
    ? undefined
    : 'write owner/name, as in its address on GitHub'

/** The repository on GitHub that an agent works in; by default the one that the project lies in. */
export async function askRepository(
  { repo }: { readonly repo?: string },
  directory: string,
  ask: Ask,
): Promise<string> {
  if (repo !== undefined) {
    const problem = check(repo)
    if (problem !== undefined) throw new UserError(`--repo ${JSON.stringify(repo)}: ${problem}`, exitCodes.usage)
    return repo
  }
  const initial = checkoutOf(directory).github ?? noRepository
  return await ask.text({
    text: 'In which repository on GitHub does it work?',
    flag: '--repo <owner/name>',
    initial,
    check,
  })
}
