import { createCall, readCall } from '../calls/calls.ts'
import { deliveries, readDelivery, recordDelivery } from '../deliveries/deliveries.ts'
import { acquireLock, heartbeatLock, ownLock, releaseLock } from '../locks/locks.ts'
import { closeSession, isSessionOpen, offerLogin, openSession, takeLogin } from '../sessions/sessions.ts'
import { claim } from './claim.ts'
import { containerEnded } from './container-ended.ts'
import { finish } from './finish.ts'
import { heartbeat, poll, setStatus } from './heartbeat.ts'
import { kill, killAgent } from './kill.ts'
import { readRun } from './launch.ts'
import { newestRuns } from './newest-runs.ts'
import { pauseAgent, pauseProject, resumeAgent, resumeProject } from './pause.ts'
import { reap } from './reap.ts'
import { retry } from './retry.ts'
import { readDay } from './spending.ts'
import { sweep } from './sweep.ts'
import { tick } from './tick.ts'
import { trigger } from './trigger.ts'
import { heldLocks, history, overview } from './views.ts'
import type { World } from './world.ts'

/**
 * The control plane: every command there is. A command reads what it needs, decides, and commits with the versions it has
 * read; on a conflict it starts again. Launches and stops come after the commit and can be repeated. Hosts differ in the
 * world they pass, and in nothing else.
 */
const commands = {
  trigger,
  tick,
  claim,
  heartbeat,
  poll,
  setStatus,
  finish,
  containerEnded,
  sweep,
  reap,
  kill,
  killAgent,
  pauseProject,
  resumeProject,
  pauseAgent,
  resumeAgent,
  retry,
  acquireLock,
  heartbeatLock,
  releaseLock,
  ownLock,
  heldLocks,
  createCall,
  readCall,
  overview,
  history,
  newestRuns,
  readDay,
  readRun,
  recordDelivery,
  deliveries,
  readDelivery,
  openSession,
  isSessionOpen,
  closeSession,
  offerLogin,
  takeLogin,
} as const

type Commands = typeof commands

type Bound<Command> = Command extends (world: World, ...args: infer Args) => infer Answer
  ? (...args: Args) => Answer
  : never

export type ControlPlane = { readonly [Name in keyof Commands]: Bound<Commands[Name]> }

/** The commands of one host, with its store, launcher, clock and rules. */
export function controlPlane(world: World): ControlPlane {
  const bound = Object.entries(commands).map(([name, command]) => [
    name,
    (...args: never[]) => (command as (world: World, ...args: never[]) => unknown)(world, ...args),
  ])
  return Object.fromEntries(bound) as ControlPlane
}
