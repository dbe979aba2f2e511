import { refusedAs } from '../gateway/gateway-errors.ts'
import { connect, type HostOptions } from '../gateway/project-host.ts'
import { typedFor } from '../gateway/typed-command.ts'
import type { Ui } from '../ui/ui.ts'
import { unknownRun } from './unknown-run.ts'

/** Makes a new run of one that is over, with the same input; does not wait for it. */
export async function retry(id: string, options: HostOptions, ui: Ui): Promise<void> {
  const host = await connect(options)
  const typed = typedFor(options)
  const { runId, message } = await refusedAs(404, host.retry(id), () => {
    throw unknownRun(id, typed)
  })
  ui.emit({ kind: 'data', data: { run: runId, retryOf: id, message } })
  ui.emit({ kind: 'text', text: `${message}: run ${runId}` })
  ui.emit({ kind: 'text', dim: true, text: `${typed(`logs -f ${runId}`)} follows it` })
}
