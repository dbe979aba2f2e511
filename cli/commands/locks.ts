import { formatDuration, formatUntil } from '../../core/format.ts'
import { connect, type HostOptions } from '../gateway/project-host.ts'
import { plainText } from '../ui/plain-text.ts'
import type { Ui } from '../ui/ui.ts'

/** The locks that runs hold now. `now` is in epoch milliseconds. */
export async function locks(options: HostOptions, ui: Ui, now: number): Promise<void> {
  const held = await (await connect(options)).locks()
  ui.emit({ kind: 'data', data: { locks: held } })
  if (held.length === 0) return ui.emit({ kind: 'text', text: 'no lock is held' })
  ui.emit({
    kind: 'table',
    columns: ['lock', 'held by', 'for', 'expires'],
    rows: held.map(({ resourceKey, holder, heldSince, expiresAt }) => [
      plainText(resourceKey),
      holder,
      formatDuration(now - heldSince),
      formatUntil(expiresAt, now),
    ]),
  })
}
