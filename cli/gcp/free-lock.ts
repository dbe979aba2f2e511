import { hostname } from 'node:os'
import { lockText } from '../../infra/gcp/deploy/deploy-failure.ts'
import { type LockRecords, lockRecords, pulumiCache, runs } from '../../infra/gcp/deploy/lock-records.ts'
import type { StateFiles } from '../../infra/gcp/deploy/state-files.ts'
import type { StackPlace } from '../../infra/gcp/stack-place.ts'
import { CloudError } from '../errors.ts'
import type { Ask } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'

export interface LockedStack {
  readonly place: StackPlace
  /** URL of where state is kept. */
  readonly url: string
  readonly files: Pick<StateFiles, 'locks' | 'unlock'>
  readonly ask: Ask
  readonly ui: Ui
  readonly records?: LockRecords
  readonly isRunning?: (pid: number) => boolean
}

/**
 * Sees that nobody else updates the stack. A lock whose owner is gone, such as a cancelled job of CI, is freed after asking;
 * with `--yes` only one whose process is known to have ended. How old it is says nothing: a machine that slept in the middle of
 * a deploy goes on with it. Throws a `CloudError`.
 */
export async function freeStaleLocks(locked: LockedStack): Promise<void> {
  const { place, url, files, ask, ui, records = lockRecords(pulumiCache(process.env)), isRunning = runs } = locked
  const locks = await files.locks(place)
  if (locks.length === 0) return
  const left = locks.filter((lock) => !records.isOver(lock))
  const byHand = `\`${cancelling(place, url)}\` frees the state`
  const running = left.find((lock) => lock.host === hostname() && isRunning(lock.pid))
  if (running !== undefined) {
    throw new CloudError(
      `another deploy is in progress: ${lockText(running)}; wait for its end. If that process is another one, ${byHand}`,
    )
  }
  const text = `${locks.map(lockText).join('; ')} has begun a deploy and not ended it`
  if (left.length === 0) ui.emit({ kind: 'note', text: `${text}: that is over, and the state is free again` })
  else {
    if (!ask.reachesPerson) {
      throw new CloudError(
        `another deploy is in progress: ${text}. Only if it is known to have ended, \`al deploy\` in a terminal frees the state; ${byHand}, too`,
      )
    }
    const free = await ask.confirm({ text: `${text}. Is it gone, and may its lock be removed?`, flag: '--yes' })
    if (!free) throw new CloudError(`another deploy is in progress: ${text}; wait for its end`)
  }
  for (const lock of locks) {
    await files.unlock(lock)
    records.forget(lock)
  }
}

/** What frees the state wherever it is typed: without a login, and without a project of Pulumi around. */
const cancelling = ({ project, stack }: StackPlace, url: string): string =>
  `PULUMI_BACKEND_URL=${url} pulumi cancel --yes --stack organization/${project}/${stack}`
