import type { AgentRule } from '../../core/plan/decisions.ts'
import type { ControlPlane } from '../../core/scheduler/control-plane.ts'
import type { Clock, Log } from '../../core/scheduler/world.ts'
import { parseSchedulerEvent } from './scheduler-events.ts'

export interface SchedulerOptions {
  readonly plane: Pick<ControlPlane, 'sweep' | 'reap' | 'tick' | 'containerEnded'>
  readonly agents: readonly AgentRule[]
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

/**
 * Acts on one event. Throws when it could not be acted on: Lambda tries it again, and keeps it in the dead-letter queue in
 * the end. What was decided against is not an error.
 */
export async function handleSchedulerEvent(options: SchedulerOptions, event: unknown): Promise<void> {
  const { plane, agents, clock, log } = options
  const told = parseSchedulerEvent(event, agents)
  switch (told.kind) {
    case 'sweep': {
      await plane.sweep()
      // Once an hour, when somebody may be there: functions end by themselves.
      const isFullHour = new Date(clock.now()).getUTCMinutes() === 0
      if (isFullHour && agents.some(({ compute }) => compute === 'fargate')) await plane.reap()
      return
    }
    case 'tick': {
      const answer = await plane.tick(told.agent, told.at)
      const level = answer.kind === 'refused' ? 'warn' : 'info'
      log(level, 'tick', { agent: told.agent, at: new Date(told.at).toISOString(), ...answer })
      return
    }
    case 'ended':
      log('info', 'task stopped', { ...told.end })
      return await plane.containerEnded(told.end)
    case 'ignored':
      log('info', 'task stopped, and means nothing to a run', { why: told.why })
  }
}
