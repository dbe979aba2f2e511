import type { Plan } from '../../../core/plan/schema.ts'
import { type GoogleAccount, isSwitchedOff } from '../account.ts'
import { answered } from '../google-api.ts'
import { waitForOperation } from './operation.ts'

const firestore = 'https://firestore.googleapis.com/v1/'

const nameOf = ({ google, names }: Pick<Plan, 'google' | 'names'>, { project }: GoogleAccount): string =>
  `projects/${project}/databases/${google?.state.database ?? names.table}`

/** Whether the database of a plan is there: it outlives the stack. A project without Firestore has none. */
export async function hasDatabase(plan: Plan, account: GoogleAccount): Promise<boolean> {
  const answer = await account.api('GET', firestore + nameOf(plan, account))
  if (answer.status < 300) return true
  if (answer.status === 404 || isSwitchedOff(answer.failure())) return false
  throw answer.failure()
}

/** Removes the database with all that is in it, and the protection that keeps others from that. */
export async function deleteDatabase(plan: Plan, account: GoogleAccount, signal?: AbortSignal): Promise<void> {
  const name = nameOf(plan, account)
  const unprotected = await answered(
    account.api('PATCH', `${firestore}${name}?updateMask=deleteProtectionState`, {
      body: { deleteProtectionState: 'DELETE_PROTECTION_DISABLED' },
    }),
  )
  if (unprotected === undefined) return
  await waitForOperation(unprotected, firestore, account, { signal })
  const deleting = await answered(account.api('DELETE', firestore + name))
  if (deleting !== undefined) await waitForOperation(deleting, firestore, account, { signal })
}
