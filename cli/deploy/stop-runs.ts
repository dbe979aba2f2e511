import { formatCount } from '../../core/format.ts'
import type { GatewayClient } from '../gateway/gateway-client.ts'
import { refusedAs } from '../gateway/gateway-errors.ts'
import type { Ui } from '../ui/ui.ts'

export interface StopOptions {
  readonly gateway: Pick<GatewayClient, 'status' | 'killRun'>
  readonly ui: Ui
  readonly pause: (ms: number) => Promise<void>
  readonly clock?: () => number
}

/** Milliseconds between two looks at what runs, and until what does not stop is left to itself. */
const every = 3000
const patience = 120_000

/**
 * Kills all runs, and waits until they have ended. Once the control plane is gone, nobody ends them; and CloudFormation
 * does not delete a cluster in which tasks run. Agents are not paused for it: the table is kept, and they would stay so.
 */
export async function stopRuns({ gateway, ui, pause, clock = Date.now }: StopOptions): Promise<void> {
  const live = async () => (await gateway.status()).instances
  let runs = await live()
  if (runs.length === 0) return
  ui.emit({ kind: 'note', text: `killing ${formatCount(runs.length, 'run')}` })
  const last = clock() + patience
  const told = new Set<string>()
  while (runs.length > 0) {
    for (const { id } of runs.filter(({ id }) => !told.has(id))) {
      told.add(id)
      await refusedAs(404, gateway.killRun(id), () => undefined)
    }
    if (clock() > last) {
      return ui.emit({ kind: 'warning', text: `${runs.map(({ id }) => id).join(', ')} did not end in time` })
    }
    await pause(every)
    runs = await live()
  }
}
