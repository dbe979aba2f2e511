import * as z from 'zod'
import { parseRunId, type Run, runId } from '../../../core/scheduler/run.ts'
import { sideBySide } from '../../../core/scheduler/side-by-side.ts'
import { ok } from '../answer.ts'
import type { GatewayOptions } from '../options.ts'
import { type Route, route } from '../route.ts'

const page = { usual: 50, most: 200 }
/** Runs of each agent that are looked through. */
const newest = 200

export const callsShape = z.object({
  calls: z.array(
    z.object({
      id: z.string().describe('the run that was called for'),
      caller: z.string().describe('the run that called'),
      callerAgent: z.string(),
      targetAgent: z.string(),
      status: z.enum(['queued', 'starting', 'running', 'done']),
      outcome: z.string().optional(),
      code: z.number().optional(),
      reason: z.string().optional(),
      createdAt: z.number().describe('epoch milliseconds'),
      endedAt: z.number().optional(),
    }),
  ),
})

export type Call = z.output<typeof callsShape>['calls'][number]

/** Who called whom, for operators. A call is the run it made: it is found among its target's runs. */
export function controlCallRoutes({ plane, decisions }: GatewayOptions): Route[] {
  return [
    route({
      method: 'GET',
      path: '/control/calls',
      access: 'key',
      summary: `Calls between agents, the newest first: those among the last ${newest} runs of each agent.`,
      query: z.object({
        agent: z.string().optional().describe('only calls that it made or got'),
        limit: z.coerce.number().int().min(1).max(page.most).optional(),
      }),
      answers: { 200: callsShape },
      async handle({ query: { agent, limit = page.usual } }) {
        const found: Call[] = []
        const [failed] = await sideBySide(decisions.agents, async ({ name }) => {
          const runs = await plane.history(name, { limit: newest })
          found.push(...runs.flatMap(callOf))
        })
        if (failed !== undefined) throw failed.error
        const wanted = found.filter(
          ({ callerAgent, targetAgent }) => agent === undefined || agent === callerAgent || agent === targetAgent,
        )
        const sorted = wanted.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
        return ok({ calls: sorted.slice(0, limit) })
      },
    }),
  ]
}

function callOf(run: Run): Call[] {
  const { trigger, agent, state, createdAt, endedAt, outcome, code, reason } = run
  if (trigger.kind !== 'call') return []
  const { caller } = trigger
  const callerAgent = parseRunId(caller)?.agent ?? caller
  const shown = { caller, callerAgent, targetAgent: agent, status: state, createdAt, endedAt, outcome, code, reason }
  return [{ id: runId(run), ...shown }]
}
