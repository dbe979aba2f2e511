import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Step } from '../../github/step.ts'
import type { GoogleAccount } from '../account.ts'
import { type Binding, bindingsOf, changeBindings, type Guarded, guarded } from '../doctor/policy.ts'
import { answered } from '../google-api.ts'
import { GoogleFailure } from '../google-failure.ts'
import type { CiAccount } from './ci-accounts.ts'

const shownName = ({ email }: CiAccount): string => email.slice(0, email.indexOf('@'))
const memberOf = ({ email }: CiAccount): string => `serviceAccount:${email}`

/** The account itself, and who may be it: its policy is ours as a whole. */
export async function accountSteps(
  ci: CiAccount,
  account: GoogleAccount,
): Promise<{ readonly made: readonly Step[]; readonly trusted: readonly Step[] }> {
  const { api, project } = account
  const accounts = `https://iam.googleapis.com/v1/projects/${project}/serviceAccounts`
  const { email, description, subject } = ci
  const name = shownName(ci)
  const found = await answered(api('GET', `${accounts}/${email}`))
  if (found !== undefined && found.description !== description) {
    throw new GoogleFailure(
      'configuration',
      `the service account ${email} exists and is not ours (its description is ${JSON.stringify(found.description ?? '')}): remove it, or give it the description ${JSON.stringify(description)}`,
    )
  }
  const policy = guarded.serviceAccount(project, email)
  const trust = (what: string): Step => ({
    what,
    apply: () => whenKnown(() => changeBindings(policy, () => ci.bindings, account)),
  })
  if (found === undefined) {
    const body = { accountId: name, serviceAccount: { displayName: name, description } }
    const make: Step = {
      what: `make service account ${name} for ${subject}`,
      // A call whose answer was lost has made it.
      apply: async () => void (await answered(api('POST', accounts, { body, repeatable: true }), [409])),
    }
    return { made: [make], trusted: [trust(`let ${subject} be ${name}`)] }
  }
  const enable: Step = {
    what: `turn service account ${name} on again`,
    apply: async () => void (await answered(api('POST', `${accounts}/${email}:enable`, { body: {} }), [])),
  }
  const now = await bindingsOf(policy, account)
  return {
    made: found.disabled === true ? [enable] : [],
    trusted: isDeepStrictEqual(plain(now ?? []), plain(ci.bindings))
      ? []
      : [trust(`let ${subject} be ${name}, and nobody else`)],
  }
}

/** What the accounts may do in the project: what the list says, and nothing else. Rights of others stay as they are. */
export async function projectSteps(all: readonly CiAccount[], account: GoogleAccount): Promise<Step[]> {
  const policy: Guarded = guarded.project(account.project)
  const now = (await bindingsOf(policy, account)) ?? []
  return all
    .filter((ci) => !isDeepStrictEqual(rightsIn(now, ci), wantedOf(ci)))
    .map((ci) => ({
      what: `write what ${shownName(ci)} may do in project ${account.project}`,
      apply: () => whenKnown(() => changeBindings(policy, (bindings) => withRights(bindings, ci), account)),
    }))
}

type Right = Pick<Binding, 'role' | 'condition'>

const key = ({ role, condition }: Right): string => JSON.stringify([role, condition?.expression ?? ''])

const wantedOf = ({ roles }: CiAccount): string[] => roles.map(key).sort()

const rightsIn = (bindings: readonly Binding[], ci: CiAccount): string[] =>
  bindings
    .filter(({ members = [] }) => members.includes(memberOf(ci)))
    .map(key)
    .sort()

function withRights(bindings: readonly Binding[], ci: CiAccount): Binding[] {
  const member = memberOf(ci)
  const others = bindings
    .map((binding) => ({ ...binding, members: (binding.members ?? []).filter((one) => one !== member) }))
    .filter(({ members }) => members.length > 0)
  // Two bindings of one role and one condition are one to IAM.
  const added = ci.roles.map((right): Binding => ({ ...right, members: [member] }))
  const merged = others.map((binding) =>
    added.some((right) => key(right) === key(binding))
      ? { ...binding, members: [...binding.members, member] }
      : binding,
  )
  return [...merged, ...added.filter((right) => !others.some((binding) => key(binding) === key(right)))]
}

/** Order means nothing, nor does a binding of nobody. */
const plain = (bindings: readonly Binding[]) =>
  bindings
    .flatMap(({ role, members = [], condition }) => members.map((member) => JSON.stringify([role, member, condition])))
    .sort()

/** Milliseconds between two tries, and how many. */
const pause = 2000
const tries = 30

/** An account or a role that was just made is not known everywhere at once: policies that name it are refused for a while. */
async function whenKnown(change: () => Promise<void>): Promise<void> {
  for (let left = tries - 1; ; left--) {
    try {
      return await change()
    } catch (error) {
      const isNew = error instanceof GoogleFailure && /does not exist|was not found|not found/i.test(error.message)
      if (!isNew || left === 0) throw error
      await sleep(pause)
    }
  }
}
