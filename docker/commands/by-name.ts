import type { CommandName } from '../../core/image/commands.ts'
import { alCall, alCheck } from './calls.ts'
import type { Command } from './command.ts'
import { rlock, rlockHeartbeat, runlock } from './locks.ts'
import { alShutdown } from './shutdown.ts'
import { alExit, alRerun, alReturn, alStatus } from './signals.ts'
import { alWait } from './wait.ts'

/** What each name of the program does. */
export const commands: Readonly<Record<CommandName, Command>> = {
  'al-rerun': alRerun,
  'al-status': alStatus,
  'al-return': alReturn,
  'al-exit': alExit,
  'al-shutdown': alShutdown,
  'al-call': alCall,
  'al-check': alCheck,
  'al-wait': alWait,
  rlock,
  runlock,
  'rlock-heartbeat': rlockHeartbeat,
}
