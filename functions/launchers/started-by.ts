import type { LaunchOrder } from '../../core/scheduler/launcher.ts'

type Start = Pick<LaunchOrder, 'suffix' | 'attempt'>

/**
 * What ties a task to the attempt it was started for: ECS's `startedBy`, and its `clientToken` as well. Not the run id,
 * which has up to 84 characters: a token may have 64, and `startedBy` has not always been allowed more than 36.
 */
export const startedBy = ({ suffix, attempt }: Start): string => `${suffix}-${attempt}`

/** Nothing if the task was started by somebody else. */
export function parseStartedBy(text: unknown): Start | undefined {
  const [, suffix, attempt] = typeof text === 'string' ? (/^([a-z0-9]{20})-([1-9]\d{0,8})$/.exec(text) ?? []) : []
  return suffix === undefined ? undefined : { suffix, attempt: Number(attempt) }
}
