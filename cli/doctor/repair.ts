import { guideOf, isOptionalField } from '../../core/credentials/guide.ts'
import { type CredentialStore, ensureGatewayKey } from '../../functions/local/credential-store.ts'
import { addCredential } from '../creds/add-credential.ts'
import { readStoredRef, refText } from '../creds/stored-ref.ts'
import { UserError } from '../errors.ts'
import { type Ask, LeftUnanswered } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'
import type { Check } from './check.ts'

/** Asks for the credentials that are missing, one after the other, and makes the gateway's key. Returns whether anything changed. */
export async function repair(
  checks: readonly Check[],
  { store, ui, ask }: { readonly store: CredentialStore; readonly ui: Ui; readonly ask: Ask },
): Promise<boolean> {
  let changed = false
  const needed = checks.filter(({ state, missing }) => state === 'missing' && missing !== undefined)
  const byRef = Map.groupBy(needed, ({ missing }) => (missing === undefined ? '' : refText(missing)))
  for (const [name, fields] of byRef) {
    const yes = await ask.confirm({
      text: `${name} is missing. Add it now?`,
      flag: `\`al creds add ${name}\``,
      initial: true,
    })
    if (!yes) continue
    const ref = readStoredRef(name)
    const required = Object.keys(guideOf(ref.type).fields).filter((field) => !isOptionalField(ref.type, field))
    const only = required.length > 1 && fields.length === 1 ? fields[0]?.missing?.field : undefined
    changed =
      (await added(() => addCredential(ref, { ...(only !== undefined && { field: only }) }, { store, ui, ask }), ui)) ||
      changed
  }
  if (checks.some(({ state, missing }) => state !== 'ok' && missing?.type === 'gateway_api_key')) {
    const { made } = await ensureGatewayKey(store)
    if (made) ui.emit({ kind: 'note', text: 'made a key for the gateway' })
    changed = made || changed
  }
  return changed
}

/** What one credential has against it is no reason not to ask for the next. Ctrl-C is. */
async function added(work: () => Promise<readonly string[]>, ui: Ui): Promise<boolean> {
  try {
    return (await work()).length > 0
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof LeftUnanswered) throw error
    ui.emit({ kind: 'warning', text: error.message })
    return false
  }
}
