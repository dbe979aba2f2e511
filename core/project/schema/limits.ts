import * as z from 'zod'
import { positive, wholeNumber } from './fields.ts'

const dollars = () => positive('an amount of US dollars above 0')

/**
 * `[limits]` of a project or an agent. The project's limits per run are the defaults of its agents. Its limits per day
 * (UTC) apply to all agents together, an agent's to that agent alone.
 */
export const limitsSchema = z.strictObject({
  maxCostPerRun: dollars().optional(),
  maxCostPerDay: dollars().optional(),
  maxRunsPerDay: wholeNumber(1).optional(),
  maxTurns: wholeNumber(1).optional(),
})

export type Limits = z.output<typeof limitsSchema>
