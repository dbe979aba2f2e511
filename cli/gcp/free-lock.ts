import { hostname } from 'node:os'
import { type Lock, lockText } from '../../infra/gcp/deploy/deploy-failure.ts'
import type { Stack } from '../../infra/gcp/deploy/stack.ts'
import type { StateFiles } from '../../infra/gcp/deploy/state-files.ts'
import type { StackPlace } from '../../infra/gcp/stack-place.ts'
import { CloudError } from '../errors.ts'
import type { Ask } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'

/** Milliseconds after which nobody deploys any more: longer than any deploy takes. */
const longest = 3 * 3600_000

export interface LockedStack {
  readonly place: StackPlace
  /** URL of where state is kept. */
  readonly url: string
  readonly files: Pick<StateFiles, 'locks'>
  readonly stack: Pick<Stack, 'unlock'>
  readonly ask: Ask
  readonly ui: Ui
  readonly isRunning?: (pid: number) => boolean
  readonly now?: () => number
}

/**
 * Sees that nobody else updates the stack. A lock whose owner is gone, such as a cancelled job of CI, is freed after asking;
 * with `--yes` only one whose process is known to have ended here, or that is older than any deploy. Throws a `CloudError`.
 */
export async function freeStaleLocks(locked: LockedStack): Promise<void> {
  const { place, url, files, stack, ask, ui, isRunning = runs, now = Date.now } = locked
  const locks = await files.locks(place)
  if (locks.length === 0) return
  const here = (lock: Lock) => lock.host === hostname()
  const running = locks.find((lock) => here(lock) && isRunning(lock.pid))
  if (running !== undefined)
    throw new CloudError(`another deploy is in progress: ${lockText(running)}; wait for its end`)
  const isOver = locks.every((lock) => here(lock) || now() - Date.parse(lock.since) > longest)
  const text = `${locks.map(lockText).join('; ')} has begun a deploy and not ended it`
  if (isOver) ui.emit({ kind: 'note', text: `${text}: that is over, and the state is free again` })
  else {
    if (!ask.reachesPerson) {
      throw new CloudError(
        `another deploy is in progress: ${text}. If it was cancelled, \`al deploy\` in a terminal frees the state, or \`${cancelling(place, url)}\``,
      )
    }
    const free = await ask.confirm({ text: `${text}. Is it gone, and may its lock be removed?`, flag: '--yes' })
    if (!free) throw new CloudError(`another deploy is in progress: ${text}; wait for its end`)
  }
  await stack.unlock()
}

/** What frees the state wherever it is typed: without a login, and without a project of Pulumi around. */
const cancelling = ({ project, stack }: StackPlace, url: string): string =>
  `PULUMI_BACKEND_URL=${url} pulumi cancel --yes --stack organization/${project}/${stack}`

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
