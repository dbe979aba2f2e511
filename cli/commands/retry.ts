import { exitCodes, UserError } from '../errors.ts'
import { refusedAs } from '../gateway/gateway-errors.ts'
import { connect, type HostOptions } from '../gateway/project-host.ts'
import { typedFor } from '../gateway/typed-command.ts'
import type { Ui } from '../ui/ui.ts'

/** Makes a new run of one that is over, with the same input; does not wait for it. */
export async function retry(id: string, options: HostOptions, ui: Ui): Promise<void> {
  const host = await connect(options)
  const typed = typedFor(options)
  const { runId, message } = await refusedAs(404, host.retry(id), () => {
    throw new UserError(
      `there is no run ${JSON.stringify(id.slice(0, 100))}: runs are kept for 30 days, and their ids stand in ${typed('logs <agent>')}`,
      exitCodes.failure,
    )
  })
  ui.emit({ kind: 'data', data: { run: runId, retryOf: id, message } })
  ui.emit({ kind: 'text', text: `${message}: run ${runId}` })
  ui.emit({ kind: 'text', dim: true, text: `${typed(`logs -f ${runId}`)} follows it` })
}
