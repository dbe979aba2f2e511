import { type Command, ended, endedBy } from './command.ts'
import { exits } from './exit-codes.ts'
import { gatewayOf } from './gateway.ts'
import { writeSignal } from './signal-file.ts'

/** Exit code of a run that was ended on request. */
const onRequest = '16'

/**
 * Ends the run as killed. The gateway does that at once, and has the container stopped. The signals are written all the
 * same, and first: where no gateway answers they are all there is, and the run ends with code 16 when its session does.
 */
export const alShutdown: Command = {
  usage: 'al-shutdown [<reason>]',
  async run(args, around) {
    const reason = args.join(' ').trim() || 'al-shutdown'
    const unwritten = writeSignal(around, 'exit', onRequest) ?? writeSignal(around, 'shutdown', reason)
    const ask = gatewayOf(around.environment)
    if (ask !== undefined) return endedBy(await ask({ method: 'POST', path: '/shutdown', body: { reason } }))
    const next = 'no gateway: the run ends with code 16 when the session ends. Stop now'
    return unwritten ?? ended(exits.done, { ok: true, killed: false, reason: next })
  },
}
