import type { LaunchOrder } from '../../core/scheduler/launcher.ts'

const firstAttempts = 2

/**
 * Whether a "not permitted" may pass: rights that a deploy has just given take a while to count everywhere, so the first
 * refusals of a run are not final.
 */
export const mayBeOfThePast = ({ attempt }: Pick<LaunchOrder, 'attempt'>): boolean => attempt <= firstAttempts
