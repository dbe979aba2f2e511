import type { LaunchOrder } from '../../core/scheduler/launcher.ts'

const firstAttempts = 2

/**
 * Whether a "not permitted" may be of the past: what a deploy has permitted takes a while to be true everywhere, so the
 * first refusals of a run are not the last word.
 */
export const mayBeOfThePast = ({ attempt }: Pick<LaunchOrder, 'attempt'>): boolean => attempt <= firstAttempts
