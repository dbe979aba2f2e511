import * as z from 'zod'
import { ok } from '../answer.ts'
import type { GatewayOptions } from '../options.ts'
import { type Route, route } from '../route.ts'

const days = { usual: 30, most: 40 }
const dayLength = 24 * 3600_000

const countersShape = z.object({
  runs: z.number(),
  cost: z.number().describe('US dollars'),
  tokens: z.number(),
})

const costsShape = z.object({
  days: z
    .array(z.object({ day: z.string(), project: countersShape, agents: z.record(z.string(), countersShape) }))
    .describe('today first'),
})

export type Costs = z.output<typeof costsShape>

/** What the project has cost, for operators. */
export function controlCostRoutes({ plane, clock }: GatewayOptions): Route[] {
  return [
    route({
      method: 'GET',
      path: '/control/costs',
      access: 'key',
      summary: 'Runs, tokens and cost by day and agent. Days are those of UTC, and kept for 40 days.',
      query: z.object({ days: z.coerce.number().int().min(1).max(days.most).optional() }),
      answers: { 200: costsShape },
      async handle({ query }) {
        const now = clock.now()
        const wanted = Array.from({ length: query.days ?? days.usual }, (_, back) =>
          new Date(now - back * dayLength).toISOString().slice(0, 10),
        )
        const read = await Promise.all(wanted.map((day) => plane.readDay(day)))
        return ok({ days: read.map(({ day, project, agents }) => ({ day, project, agents: { ...agents } })) })
      },
    }),
  ]
}
