import * as z from 'zod'
import { positive, wholeNumber } from './fields.ts'

const dollars = () => positive('an amount of US dollars above 0')

/**
 * `[limits]` of a project or an agent. By the run: the project's are the defaults of its agents. By the day (UTC): the
 * project's bind the sum of its agents, an agent's bind that agent.
 */
export const limitsSchema = z.strictObject({
  maxCostPerRun: dollars().optional(),
  maxCostPerDay: dollars().optional(),
  maxRunsPerDay: wholeNumber(1).optional(),
  maxTurns: wholeNumber(1).optional(),
})

export type Limits = z.output<typeof limitsSchema>
